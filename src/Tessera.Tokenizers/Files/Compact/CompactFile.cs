using System.Buffers.Binary;

namespace Tessera.Tokenizers.Files.Compact;

/// <summary>
/// The container: a header, a directory, sections with a checksum each, used where they lie. Whatever it says of lengths is held against the
/// length of the file. Knows nothing about tokenizers.
/// </summary>
internal sealed unsafe class CompactFile
{
    private readonly FileMemory _memory;
    private readonly string _name;
    private readonly Section[] _sections;

    private CompactFile(FileMemory memory, string name, int sections) => (_memory, _name, _sections) = (memory, name, new Section[sections]);

    /// <summary>Whether bytes start as a compact file does.</summary>
    public static bool IsOne(FileMemory memory) => new ReadOnlySpan<byte>(memory.First, (int)Math.Min(memory.Length, CompactHeader.Bytes)).StartsWith(CompactHeader.Magic);

    /// <summary>Reads header and directory.</summary>
    /// <param name="memory">The file.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="MalformedInputException">It is no compact file, or a length or checksum is wrong.</exception>
    /// <exception cref="UnsupportedFeatureException">It is of another version, or this machine is big-endian.</exception>
    public static CompactFile Open(FileMemory memory, string name)
    {
        var start = new ReadOnlySpan<byte>(memory.First, (int)Math.Min(memory.Length, CompactHeader.Bytes + CompactHeader.MostSections * CompactHeader.EntryBytes));
        if (start.Length < CompactHeader.Bytes || !IsOne(memory)) throw new MalformedInputException(name, "header", "no compact tokenizer");
        if (!BitConverter.IsLittleEndian) throw new UnsupportedFeatureException(name, "a compact tokenizer on a big-endian machine");
        var version = BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        if (version != CompactHeader.Version) throw new UnsupportedFeatureException(name, $"version {version} of the compact form", "Make the file anew from its tokenizer.json.");
        var count = BinaryPrimitives.ReadUInt32LittleEndian(start[12..]);
        if (count is 0 or > CompactHeader.MostSections) throw new MalformedInputException(name, "header", $"{count} sections; 1 to {CompactHeader.MostSections} are possible");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(start[16..]);
        if (length != (ulong)memory.Length) throw new MalformedInputException(name, "header", $"a file of {length} bytes is expected, and there are {memory.Length}");
        var end = CompactHeader.Bytes + (int)count * CompactHeader.EntryBytes;
        if (start.Length < end) throw new MalformedInputException(name, "directory", "the file ends in it");
        var directory = start[CompactHeader.Bytes..end];
        if (CompactHeader.Checksum(directory) != BinaryPrimitives.ReadUInt32LittleEndian(start[24..])) throw new MalformedInputException(name, "directory", "the checksum is another");
        var file = new CompactFile(memory, name, (int)count);
        file.ReadDirectory(directory, end);
        return file;
    }

    /// <summary>Whether there is a section.</summary>
    public bool Has(CompactSection kind) => Find(kind) >= 0;

    /// <summary>A section's bytes; valid as long as the file's memory.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="most">The most bytes that it may have.</param>
    /// <exception cref="MalformedInputException">It is missing or cut, or its checksum is another.</exception>
    /// <exception cref="ResourceLimitException">It has more elements than it may.</exception>
    public ReadOnlySpan<byte> Bytes(CompactSection kind, long most) => Checked(kind, 1, most);

    /// <summary>A section's bytes, where they lie.</summary>
    /// <inheritdoc cref="Bytes"/>
    public FixedBytes BytesInPlace(CompactSection kind, long most)
    {
        var count = Checked(kind, 1, most).Length;
        return new FixedBytes(_memory.First + _sections[Find(kind)].Offset, count, _memory);
    }

    /// <summary>A section of 32-bit numbers, where they lie.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="most">The most numbers that it may have.</param>
    /// <exception cref="MalformedInputException">It is missing or cut, or its checksum is another.</exception>
    /// <exception cref="ResourceLimitException">It has more elements than it may.</exception>
    public FixedNumbers Numbers(CompactSection kind, long most)
    {
        var count = Checked(kind, sizeof(int), most).Length / sizeof(int);
        return new FixedNumbers((int*)(_memory.First + _sections[Find(kind)].Offset), count, _memory);
    }

    /// <summary>A section of 64-bit numbers with a point, copied.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="most">The most numbers that it may have.</param>
    /// <exception cref="MalformedInputException">It is missing or cut, or its checksum is another.</exception>
    /// <exception cref="ResourceLimitException">It has more elements than it may.</exception>
    public double[] Doubles(CompactSection kind, long most)
    {
        var bytes = Checked(kind, sizeof(double), most);
        var numbers = new double[bytes.Length / sizeof(double)];
        fixed (double* first = numbers) bytes.CopyTo(new Span<byte>(first, bytes.Length));
        return numbers;
    }

    /// <summary>The complaint about a section.</summary>
    public MalformedInputException Wrong(CompactSection kind, string reason) => new(_name, $"section {kind}", reason);

    private ReadOnlySpan<byte> Checked(CompactSection kind, int elementBytes, long most)
    {
        var at = Find(kind);
        if (at < 0) throw Wrong(kind, "missing");
        ref var section = ref _sections[at];
        if (section.Length % elementBytes != 0) throw Wrong(kind, $"{section.Length} bytes are no whole number of elements of {elementBytes}");
        if (section.Length / elementBytes > most) throw new ResourceLimitException($"elements of section {kind} of {_name}", section.Length / elementBytes, most);
        var bytes = new ReadOnlySpan<byte>(_memory.First + section.Offset, (int)section.Length);
        return CompactHeader.Checksum(bytes) == section.Checksum ? bytes : throw Wrong(kind, "the checksum is another");
    }

    private void ReadDirectory(ReadOnlySpan<byte> directory, long end)
    {
        for (var i = 0; i < _sections.Length; i++)
        {
            var entry = directory[(i * CompactHeader.EntryBytes)..];
            var (kind, offset, length) = ((CompactSection)BinaryPrimitives.ReadInt32LittleEndian(entry), BinaryPrimitives.ReadInt64LittleEndian(entry[8..]), BinaryPrimitives.ReadInt64LittleEndian(entry[16..]));
            if (offset < end || offset % CompactHeader.Alignment != 0 || length < 0 || length > int.MaxValue || offset > _memory.Length || length > _memory.Length - offset)
                throw new MalformedInputException(_name, $"directory entry {i}", $"{length} bytes from {offset} on do not fit into {_memory.Length}, behind the section before");
            if (Find(kind) >= 0) throw new MalformedInputException(_name, $"directory entry {i}", $"a second section {kind}");
            _sections[i] = new Section { Kind = kind, Checksum = BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]), Offset = offset, Length = length };
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

    private struct Section
    {
        public CompactSection Kind;
        public uint Checksum;
        public long Offset;
        public long Length;
    }
}
