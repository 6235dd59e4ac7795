using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.Unigram;

namespace Tessera.Tokenizers.Files.Compact;

/// <summary>Writes a tokenizer in the compact form: settings as JSON, everything large as arrays that are read as they are.</summary>
internal sealed class CompactWriter
{
    private readonly List<(CompactSection Kind, byte[] Bytes)> _sections = [];

    private CompactWriter(Tokenizer tokenizer)
    {
        var parts = tokenizer.Parts;
        Add(CompactSection.Settings, CompactSettings.Write(parts));
        Added(parts.AddedTokens);
        switch (parts.Model)
        {
            case BpeModel bpe:
                Tokens(bpe.Raw);
                Add<Merge>(CompactSection.Merges, bpe.Lookup.Sorted());
                if (bpe.PseudoSymbols is { Count: > 0 } pseudo) Add<int>(CompactSection.PseudoSymbols, [.. pseudo.OrderBy(static p => p.Value).SelectMany(static p => (int[])[p.Key, p.Value])]);
                break;
            case UnigramModel unigram:
                Tokens(unigram.Vocabulary);
                Add<double>(CompactSection.Scores, [.. unigram.Scores]);
                if (unigram.Searched is { } searched) Add<byte>(CompactSection.Searched, [.. searched.Select(static s => s ? (byte)1 : (byte)0)]);
                break;
            default:
                Tokens(parts.Model.Vocabulary);
                break;
        }
    }

    /// <summary>Writes to a stream, from its place on.</summary>
    /// <exception cref="UnsupportedFeatureException">The tokenizer's parts have no form as JSON.</exception>
    public static void Write(Tokenizer tokenizer, Stream stream)
    {
        if (!BitConverter.IsLittleEndian) throw new UnsupportedFeatureException("compact tokenizer", "writing on a big-endian machine");
        new CompactWriter(tokenizer).WriteTo(stream);
    }

    private void WriteTo(Stream stream)
    {
        var directory = new byte[_sections.Count * CompactHeader.EntryBytes];
        long at = CompactHeader.Bytes + directory.Length;
        for (var i = 0; i < _sections.Count; i++)
        {
            var (kind, bytes) = _sections[i];
            at = Aligned(at);
            var entry = directory.AsSpan(i * CompactHeader.EntryBytes);
            BinaryPrimitives.WriteInt32LittleEndian(entry, (int)kind);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], CompactHeader.Checksum(bytes));
            BinaryPrimitives.WriteInt64LittleEndian(entry[8..], at);
            BinaryPrimitives.WriteInt64LittleEndian(entry[16..], bytes.Length);
            at += bytes.Length;
        }

        Span<byte> header = stackalloc byte[CompactHeader.Bytes];
        header.Clear();
        CompactHeader.Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], CompactHeader.Version);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], _sections.Count);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], at);
        BinaryPrimitives.WriteUInt32LittleEndian(header[24..], CompactHeader.Checksum(directory));
        stream.Write(header);
        stream.Write(directory);
        at = CompactHeader.Bytes + directory.Length;
        Span<byte> zeros = stackalloc byte[CompactHeader.Alignment];
        zeros.Clear();
        foreach (var (_, bytes) in _sections)
        {
            stream.Write(zeros[..(int)(Aligned(at) - at)]);
            stream.Write(bytes);
            at = Aligned(at) + bytes.Length;
        }
    }

    private static long Aligned(long at) => (at + CompactHeader.Alignment - 1) / CompactHeader.Alignment * CompactHeader.Alignment;

    private void Added(IReadOnlyList<AddedToken> tokens)
    {
        if (tokens.Count == 0) return;
        var (numbers, text) = (new List<int>(), new List<byte>());
        foreach (var token in tokens)
        {
            text.AddRange(Encoding.UTF8.GetBytes(token.Content));
            numbers.AddRange(token.Id, (token.SingleWord ? 1 : 0) | (token.LeftStrip ? 2 : 0) | (token.RightStrip ? 4 : 0) | (token.Normalized ? 8 : 0) | (token.Special ? 16 : 0), text.Count);
        }

        Add<int>(CompactSection.AddedTokens, [.. numbers]);
        Add(CompactSection.AddedText, [.. text]);
    }

    private void Tokens(Vocabulary vocabulary)
    {
        Add(CompactSection.TokenBytes, vocabulary.Blob.ToArray());
        Add(CompactSection.TokenStarts, vocabulary.Starts);
        if (vocabulary.Ids.Length > 0) Add(CompactSection.TokenIds, vocabulary.Ids);
        if (vocabulary.Literals.Length > 0) Add(CompactSection.TokenLiterals, vocabulary.Literals);
        Add(CompactSection.TokenTable, vocabulary.Table);
        Add<ulong>(CompactSection.TokenSeed, [vocabulary.Seed]);
    }

    private void Add<T>(CompactSection kind, ReadOnlySpan<T> elements) where T : unmanaged => Add(kind, MemoryMarshal.AsBytes(elements).ToArray());

    private void Add(CompactSection kind, byte[] bytes) => _sections.Add((kind, bytes));
}
