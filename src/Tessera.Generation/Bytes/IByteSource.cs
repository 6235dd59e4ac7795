namespace Tessera.Generation;

/// <summary>Something that says how a text of bytes goes on: one model, or several together. Single-threaded.</summary>
public interface IByteSource : IDisposable
{
    /// <summary>The bytes so far, prompt included.</summary>
    int Length { get; }

    /// <summary>How often a model was run so far.</summary>
    int Calls { get; }

    /// <summary>The distribution of the next byte.</summary>
    ByteDistribution Next();

    /// <summary>Goes on with bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="cancellation">Seen within a layer; the text is then as it was.</param>
    /// <exception cref="ImpossibleBytesException">One of them has no probability; the text is as it was.</exception>
    ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation = default);
}
