using System.Buffers.Binary;

namespace Tessera.Tokenizers.Files.Compact;

/// <summary>
/// The container: a header, a directory, sections with a checksum each. Whatever it says of lengths is held against the length of the
/// stream before anything is allocated. Knows nothing about tokenizers.
/// </summary>
internal sealed class CompactFile
{
    private readonly Stream _stream;
    private readonly string _name;
    private readonly (CompactSection Kind, uint Checksum, long Offset, long Length)[] _sections;

    private CompactFile(Stream stream, string name, int sections) => (_stream, _name, _sections) = (stream, name, new (CompactSection, uint, long, long)[sections]);

    /// <summary>Whether bytes start as a compact file does.</summary>
    public static bool IsOne(ReadOnlySpan<byte> start) => start.StartsWith(CompactHeader.Magic);

    /// <summary>Reads header and directory.</summary>
    /// <param name="stream">The file, seekable, at any place.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="MalformedInputException">It is no compact file, or a length or checksum is wrong.</exception>
    /// <exception cref="UnsupportedFeatureException">It is of another version, or this machine is big-endian.</exception>
    public static CompactFile Open(Stream stream, string name)
    {
        Span<byte> header = stackalloc byte[CompactHeader.Bytes];
        stream.Position = 0;
        if (stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length || !IsOne(header)) throw new MalformedInputException(name, "header", "no compact tokenizer");
        if (!BitConverter.IsLittleEndian) throw new UnsupportedFeatureException(name, "a compact tokenizer on a big-endian machine");
        var version = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        if (version != CompactHeader.Version) throw new UnsupportedFeatureException(name, $"version {version} of the compact form", "Make the file anew from its tokenizer.json.");
        var count = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        if (count is 0 or > CompactHeader.MostSections) throw new MalformedInputException(name, "header", $"{count} sections; 1 to {CompactHeader.MostSections} are possible");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(header[16..]);
        if (length != (ulong)stream.Length) throw new MalformedInputException(name, "header", $"a file of {length} bytes is expected, and there are {stream.Length}");
        var directory = new byte[count * CompactHeader.EntryBytes];
        if (stream.ReadAtLeast(directory, directory.Length, throwOnEndOfStream: false) < directory.Length) throw new MalformedInputException(name, "directory", "the file ends in it");
        if (CompactHeader.Checksum(directory) != BinaryPrimitives.ReadUInt32LittleEndian(header[24..])) throw new MalformedInputException(name, "directory", "the checksum is another");
        var file = new CompactFile(stream, name, (int)count);
        file.ReadDirectory(directory, CompactHeader.Bytes + directory.Length);
        return file;
    }

    /// <summary>Whether there is a section.</summary>
    public bool Has(CompactSection kind) => Find(kind) >= 0;

    /// <summary>How many elements a section has; 0 where it is missing.</summary>
    public unsafe long Count<T>(CompactSection kind) where T : unmanaged => Find(kind) is >= 0 and var at ? _sections[at].Length / sizeof(T) : 0;

    /// <summary>Reads a section.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="most">The most elements that it may have.</param>
    /// <exception cref="MalformedInputException">It is missing or cut, or its checksum is another.</exception>
    /// <exception cref="ResourceLimitException">It has more elements than it may.</exception>
    public unsafe T[] Read<T>(CompactSection kind, long most) where T : unmanaged
    {
        var at = Find(kind);
        if (at < 0) throw Wrong(kind, "missing");
        var (_, checksum, offset, length) = _sections[at];
        if (length % sizeof(T) != 0) throw Wrong(kind, $"{length} bytes are no whole number of elements of {sizeof(T)}");
        if (length / sizeof(T) > most) throw new ResourceLimitException($"elements of section {kind} of {_name}", length / sizeof(T), most);
        var elements = GC.AllocateUninitializedArray<T>((int)(length / sizeof(T)));
        fixed (T* first = elements)
        {
            var bytes = new Span<byte>(first, (int)length);
            _stream.Position = offset;
            if (_stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length) throw Wrong(kind, "the file ends in it");
            if (CompactHeader.Checksum(bytes) != checksum) throw Wrong(kind, "the checksum is another");
        }

        return elements;
    }

    /// <summary>The complaint about a section.</summary>
    public MalformedInputException Wrong(CompactSection kind, string reason) => new(_name, $"section {kind}", reason);

    private void ReadDirectory(ReadOnlySpan<byte> directory, long end)
    {
        for (var i = 0; i < _sections.Length; i++)
        {
            var entry = directory[(i * CompactHeader.EntryBytes)..];
            var (kind, offset, length) = ((CompactSection)BinaryPrimitives.ReadInt32LittleEndian(entry), BinaryPrimitives.ReadInt64LittleEndian(entry[8..]), BinaryPrimitives.ReadInt64LittleEndian(entry[16..]));
            if (offset < end || offset % CompactHeader.Alignment != 0 || length < 0 || length > int.MaxValue || offset > _stream.Length || length > _stream.Length - offset)
                throw new MalformedInputException(_name, $"directory entry {i}", $"{length} bytes from {offset} on do not fit into {_stream.Length}, behind the section before");
            if (Find(kind) >= 0) throw new MalformedInputException(_name, $"directory entry {i}", $"a second section {kind}");
            _sections[i] = (kind, BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]), offset, length);
            end = offset + length;
        }
    }

    private int Find(CompactSection kind)
    {
        for (var i = 0; i < _sections.Length; i++)
        {
            if (_sections[i].Kind == kind) return i;
        }

        return -1;
    }
}
