namespace Tessera.Models.State;

/// <summary>Reads and writes the native memory of saved states; a stream that ends early is malformed input, not an end of file.</summary>
internal static unsafe class StateStream
{
    private const int Chunk = 1 << 20;

    internal static void Write(Stream stream, byte* data, long count)
    {
        for (; count > 0; data += Math.Min(count, Chunk), count -= Chunk) stream.Write(new ReadOnlySpan<byte>(data, (int)Math.Min(count, Chunk)));
    }

    internal static void Read(Stream stream, byte* data, long count)
    {
        for (; count > 0; data += Math.Min(count, Chunk), count -= Chunk) Read(stream, new Span<byte>(data, (int)Math.Min(count, Chunk)));
    }

    internal static void Read(Stream stream, Span<byte> target)
    {
        try
        {
            stream.ReadExactly(target);
        }
        catch (EndOfStreamException e)
        {
            throw new MalformedInputException("saved state", "end", "the stream ends early", e);
        }
    }

    internal static MalformedInputException Malformed(string place, string reason) => new("saved state", place, reason);
}
