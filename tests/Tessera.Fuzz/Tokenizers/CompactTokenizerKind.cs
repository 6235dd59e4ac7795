using System.Buffers.Binary;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.Files.Compact;

namespace Tessera.Fuzz;

/// <summary>Tokenizers in the compact form: loaded and used on a few texts, with tables and without, written and loaded again.</summary>
internal sealed class CompactTokenizerKind : IFuzzKind
{
    public string Name => "tokenizer-compact";

    public string Description => "loads a tokenizer in the compact form, encodes and decodes texts, makes the tables, writes it and loads it again";

    public byte[] Make(FuzzDice dice)
    {
        var file = Write(Sound(dice));
        var changes = dice.Below(4);
        for (var i = 0; i < changes; i++) Break(file, dice);
        if (dice.Below(16) > 0) Repair(file);
        return dice.Below(40) == 0 ? file[..dice.Below(file.Length)] : file;
    }

    public void Use(FuzzInput input)
    {
        var tokenizer = Read(input.Bytes.ToArray());
        TokenizerUse.Touch(tokenizer);
        // As after the first 32 kB of text.
        if (tokenizer.Parts.Model is BpeModel bpe) bpe.Lookup.Table?.Rank(0, 1, out _);
        TokenizerUse.Touch(new Tokenizer(tokenizer.Parts, fuseAfter: 0));
        Read(Write(tokenizer));
    }

    public FuzzStage StageOf(TesseraException refusal) => refusal switch
    {
        UnsupportedFeatureException => FuzzStage.Header,
        MalformedInputException { Place: var place } when place.StartsWith("header", StringComparison.Ordinal) || place.StartsWith("directory", StringComparison.Ordinal) => FuzzStage.Header,
        MalformedInputException { Reason: "the checksum is another" } => FuzzStage.Header,
        _ => FuzzStage.Table,
    };

    private static Tokenizer Read(byte[] bytes) => new(CompactReader.Read(FileMemory.Of(bytes), "x.tok", TokenizerUse.Limits));

    private static byte[] Write(Tokenizer tokenizer)
    {
        using var stream = new MemoryStream();
        CompactWriter.Write(tokenizer, stream);
        return stream.ToArray();
    }

    /// <summary>The next tokenizer.json that loads; some pictures hold parts that do not go together.</summary>
    private static Tokenizer Sound(FuzzDice dice)
    {
        while (true)
        {
            try
            {
                return Tokenizer.FromJson(TokenizerJsonPicture.Seed(dice).Write(dice), limits: TokenizerUse.Limits);
            }
            catch (TesseraException)
            {
                // Drawn anew.
            }
        }
    }

    /// <summary>A byte or a 32-bit number becomes another, in a section or, seldom, in the header or the directory.</summary>
    private static void Break(byte[] file, FuzzDice dice)
    {
        var sections = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(12));
        var entry = CompactHeader.Bytes + dice.Below(Math.Clamp(sections, 1, 13)) * CompactHeader.EntryBytes;
        var offset = (int)Math.Clamp(BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(entry + 8)), 0, file.Length - 4);
        var length = (int)Math.Clamp(BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(entry + 16)), 1, file.Length - offset);
        var at = Math.Min(dice.Below(20) == 0 ? dice.Below(entry) : offset + dice.Below(length), file.Length - 4);
        if (dice.Below(3) == 0) file[at] = (byte)dice.Below(256);
        else BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at & ~3), (uint)dice.Number(BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at & ~3))));
    }

    /// <summary>Makes the checksums right, so that what is wrong gets as far as the sections.</summary>
    private static void Repair(byte[] file)
    {
        var count = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(12));
        if (count > 16) return;
        for (var i = 0; i < count; i++)
        {
            var entry = file.AsSpan(CompactHeader.Bytes + i * CompactHeader.EntryBytes, CompactHeader.EntryBytes);
            var (offset, length) = (BinaryPrimitives.ReadInt64LittleEndian(entry[8..]), BinaryPrimitives.ReadInt64LittleEndian(entry[16..]));
            if (offset < 0 || length < 0 || offset > file.Length || length > file.Length - offset) continue;
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], CompactHeader.Checksum(file.AsSpan((int)offset, (int)length)));
        }

        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(24), CompactHeader.Checksum(file.AsSpan(CompactHeader.Bytes, (int)count * CompactHeader.EntryBytes)));
    }
}
