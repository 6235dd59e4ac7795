using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.Files.Compact;

namespace Tessera.Tokenizers.Tests.Files.Compact;

public sealed class CompactTests
{
    private static readonly string[] s_texts =
    [
        "", " ", "The quick brown fox didn't jump over 1234567 lazy dogs...  \n\n\tEnd.", "Ça va? Ω ﬁ Å 日本語のテキスト 한국어 🙂🏽 é\u0301", "<s> </s>[CLS] [MASK]<|endoftext|><unk>",
        "a\u0000b\uFFFD\u200D\u2581x", new string('a', 300) + " " + new string('é', 40),
    ];

    private static byte[] Save(Tokenizer tokenizer)
    {
        var stream = new MemoryStream();
        CompactWriter.Write(tokenizer, stream);
        return stream.ToArray();
    }

    private static Tokenizer Read(byte[] bytes) => new(CompactReader.Read(FileMemory.Of(bytes), "x.tok", InputLimits.Default));

    private static byte[] Json(Tokenizer tokenizer)
    {
        var stream = new MemoryStream();
        TokenizerJsonWriter.Write(tokenizer, stream);
        return stream.ToArray();
    }

    private static void ShouldBeTheSame(Tokenizer copy, Tokenizer original, string name)
    {
        copy.VocabularySize.ShouldBe(original.VocabularySize, name);
        copy.SpecialTokens.ShouldBe(original.SpecialTokens with { EndOfGeneration = copy.SpecialTokens.EndOfGeneration }, name);
        copy.SpecialTokens.EndOfGeneration.ShouldBe(original.SpecialTokens.EndOfGeneration, name);
        copy.AddedTokens.ShouldBe(original.AddedTokens, name);
        foreach (var text in s_texts)
        {
            TokenEncoding expected;
            try
            {
                expected = original.Encode(text);
            }
            catch (MalformedInputException)
            {
                Should.Throw<MalformedInputException>(() => copy.Encode(text), name); // no unknown token
                continue;
            }

            var actual = copy.Encode(text);
            actual.Ids.ShouldBe(expected.Ids, name);
            actual.Offsets.ShouldBe(expected.Offsets, name);
            actual.Tokens.ShouldBe(expected.Tokens, name);
            actual.WordIds.ShouldBe(expected.WordIds, name);
            copy.EncodeToIds(text).ShouldBe(expected.Ids, name);
            copy.Decode(expected.Ids).ShouldBe(original.Decode(expected.Ids), name);
            copy.Decode(expected.Ids, skipSpecialTokens: true).ShouldBe(original.Decode(expected.Ids, skipSpecialTokens: true), name);
        }
    }

    [Fact]
    public void EveryTokenizerOfTheZooComesBackAsItWas()
    {
        foreach (var path in SharedTokenizers.All())
        {
            var original = Tokenizer.Load(path);
            var compact = Save(original);
            var copy = Read(compact);
            ShouldBeTheSame(copy, original, path);
            Json(copy).ShouldBe(Json(original), path); // every switch, by another way
            Save(copy).ShouldBe(compact, path);
        }
    }

    [Fact]
    public void LoadTellsTheFormsApartAndKeepsWhatTheConfigSaid()
    {
        var (path, config) = (Path.GetTempFileName(), Path.GetTempFileName());
        try
        {
            var json = Json(TinyTokenizers.ByteLevel(("a", "b")));
            File.WriteAllBytes(path, json);
            File.WriteAllText(config, """{"bos_token":"a","eos_token":"b","add_bos_token":true,"clean_up_tokenization_spaces":true}""");
            var original = Tokenizer.Load(path, config);
            original.SaveCompact(path);
            var copy = Tokenizer.Load(path);
            ShouldBeTheSame(copy, original, "with a configuration");
            copy.EncodeToIds("xab").ShouldBe(original.EncodeToIds("xab"));
            copy.SpecialTokens.BeginOfSequence.ShouldBe(original.TokenToId("a"));
            copy.Parts.CleanUpSpaces.ShouldBeTrue();
            Tokenizer.FromJson(json).SaveCompact(path);
            ShouldBeTheSame(Tokenizer.Load(path, config), original, "with a configuration given later");
        }
        finally
        {
            File.Delete(path);
            File.Delete(config);
        }
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("t5")]
    public void VocabulariesOfGgufComeBackAsTheyWere(string model)
    {
        var original = Tokenizer.FromGguf(new GgufVocabulary
        {
            Model = model,
            Tokens = ["<unk>", "<s>", "</s>", "▁", "ab", "▁ab", "x", "<0x61>", "é"],
            Scores = [0, 0, 0, -1, -2, -2, -3, 0, -4],
            TokenTypes = [2, 3, 3, 1, 1, 1, 4, 6, 1],
            UnknownTokenId = 0,
        });
        ShouldBeTheSame(Read(Save(original)), original, model);
    }

    [Fact]
    public void ATableOfMergesIsMadeWhenManyHaveBeenAskedFor()
    {
        var original = TinyTokenizers.ByteLevel(("a", "b"), ("ab", "c"), ("Ġ", "a"), ("x", "y"));
        var copy = Read(Save(original));
        for (uint i = 0; i < 3_000; i++)
        {
            var key = new RandomKey(5, i, 0, RandomPurpose.Tokenize);
            var text = string.Concat(Enumerable.Range(0, 12).Select(n => " abcxy"[key.Below(6, (uint)n)]));
            copy.EncodeToIds(text).ShouldBe(original.EncodeToIds(text));
        }
    }

    [Fact]
    public void AFileCutAnywhereIsRefused()
    {
        var whole = Save(TinyTokenizers.ByteLevel(("a", "b")));
        for (var length = 0; length < whole.Length; length++)
        {
            var cut = whole[..length];
            Should.Throw<MalformedInputException>(() => Read(cut));
            if (length >= 24) Should.Throw<MalformedInputException>(() => Read(WithLength(cut)));
        }
    }

    [Fact]
    public void ABitThatIsWrongAnywhereIsRefused()
    {
        var whole = Save(TinyTokenizers.ByteLevel(("a", "b")));
        var refused = 0;
        for (var at = 0; at < whole.Length; at++)
        {
            var wrong = (byte[])whole.Clone();
            wrong[at] ^= (byte)(1 << at % 8);
            try
            {
                Json(Read(wrong)).ShouldBe(Json(Read(whole))); // only what lies between sections may be anything
            }
            catch (TesseraException)
            {
                refused++;
            }
        }

        refused.ShouldBeGreaterThan(whole.Length - 8 * 16);
    }

    [Fact]
    public void WhatIsWrongInsideASectionIsRefusedByTypeOrWorks()
    {
        byte[][] seeds =
        [
            Save(TinyTokenizers.ByteLevel(("a", "b"), ("ab", "c"))),
            Save(TinyTokenizers.Of("""{"type":"Unigram","unk_id":0,"byte_fallback":true,"vocab":[["<unk>",0],["a",-1],["ab",-1.5],["<0x62>",-9]]}""", addedTokens: $"[{TinyTokenizers.Added(7, "<s>", special: true)}]")),
            Save(TinyTokenizers.Of("""{"type":"WordPiece","unk_token":"u","continuing_subword_prefix":"##","max_input_chars_per_word":9,"vocab":{"u":0,"a":5,"##b":2}}""", preTokenizer: """{"type":"BertPreTokenizer"}""")),
            Save(Tokenizer.FromGguf(new GgufVocabulary { Model = "llama", Tokens = ["<unk>", "<s>", "</s>", "▁", "ab", "▁ab"], Scores = [0, 0, 0, -1, -2, -2], TokenTypes = [2, 3, 3, 1, 1, 1] })),
        ];
        var (loaded, refused) = (0, 0);
        for (uint number = 0; number < 8_000; number++)
        {
            var key = new RandomKey(17, number, 0, RandomPurpose.Tokenize);
            var bytes = (byte[])seeds[number % seeds.Length].Clone();
            for (uint i = 0; i < 1 + key.Below(3, 100); i++) Mutate(bytes, key, 10 * i);
            if (key.Below(8, 101) > 0) Repair(bytes);
            try
            {
                var tokenizer = Read(bytes);
                foreach (var text in s_texts) tokenizer.Decode(tokenizer.Encode(text).Ids);
                tokenizer.Decode([0, 1, 2, 3, 4, 5, 6, 1_000_000]);
                tokenizer.TokenBytes(0);
                loaded++;
            }
            catch (TesseraException)
            {
                refused++; // by type; any other exception fails the test
            }
        }

        loaded.ShouldBeGreaterThan(500);
        refused.ShouldBeGreaterThan(2_000);
    }

    [Fact]
    public void ATableThatNamesNoTokenOrHasNoFreeSlotFindsNothing()
    {
        var tokenizer = TinyTokenizers.ByteLevel(("a", "b"));
        foreach (var slot in new[] { -1, 0x7FFF_FFFF, 1, 0 })
        {
            var bytes = Save(tokenizer);
            Section(bytes, CompactSection.TokenTable).Fill(slot);
            Repair(bytes);
            Read(bytes).TokenToId("no such token").ShouldBeNull();
        }
    }

    [Fact]
    public void MergesThatAreWrongAreRefusedWhereTheyAreUsed()
    {
        var (left, right, rank, result) = (0, 1, 2, 3);
        foreach (var (number, value) in new[] { (left, int.MaxValue), (right, -1), (rank, -1), (result, 1 << 20), (result, 0) })
        {
            var bytes = Save(TinyTokenizers.ByteLevel(("a", "b")));
            Section(bytes, CompactSection.Merges)[number] = value;
            Repair(bytes);
            var model = (BpeModel)Read(bytes).Parts.Model;
            Should.Throw<MalformedInputException>(() => model.Lookup.Table).Place.ShouldBe("section Merges");
            Should.Throw<MalformedInputException>(() => model.Merges).Message.ShouldContain("merge 0");
            if (number < rank || value == 0) continue;
            Should.Throw<MalformedInputException>(() => Read(bytes).EncodeToIds("ab")).Place.ShouldBe("section Merges");
        }
    }

    [Fact]
    public void AFileStaysMappedAsLongAsItsTokenizerLives()
    {
        var path = Path.GetTempFileName();
        var original = TinyTokenizers.ByteLevel(("a", "b"), ("ab", "c"));
        original.SaveCompact(path);
        var copy = Tokenizer.Load(path);
        File.Delete(path);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        copy.EncodeToIds("xabcab").ShouldBe(original.EncodeToIds("xabcab"));
        ((BpeModel)copy.Parts.Model).Lookup.Table!.HighestRank.ShouldBe(1);
    }

    [Fact]
    public void AnotherVersionIsRefusedByName()
    {
        var bytes = Save(TinyTokenizers.ByteLevel());
        bytes[8] = 3;
        Should.Throw<UnsupportedFeatureException>(() => Read(bytes)).Message.ShouldContain("version 3");
    }

    [Fact]
    public void LimitsHold()
    {
        var bytes = Save(TinyTokenizers.ByteLevel());
        Should.Throw<ResourceLimitException>(() => CompactReader.Read(FileMemory.Of(bytes), "x.tok", InputLimits.Default with { MaxVocabulary = 200 }));
    }

    private static Span<int> Section(byte[] bytes, CompactSection kind)
    {
        for (var entry = CompactHeader.Bytes; ; entry += CompactHeader.EntryBytes)
        {
            if (BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(entry)) != (int)kind) continue;
            var (offset, length) = (BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(entry + 8)), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(entry + 16)));
            return MemoryMarshal.Cast<byte, int>(bytes.AsSpan((int)offset, (int)length));
        }
    }

    private static byte[] WithLength(byte[] bytes)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), bytes.Length);
        return bytes;
    }

    /// <summary>A byte, or a 32-bit number such as readers get wrong, somewhere; more often near the start of a section.</summary>
    private static void Mutate(byte[] bytes, RandomKey key, uint draw)
    {
        var sections = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(12));
        var section = CompactHeader.Bytes + key.Below(Math.Clamp(sections, 1, 12), draw) * CompactHeader.EntryBytes;
        var offset = key.Below(3, draw + 1) switch
        {
            0 => key.Below(bytes.Length, draw + 2),
            1 => CompactHeader.Bytes + key.Below(12 * CompactHeader.EntryBytes, draw + 2),
            _ => (int)Math.Clamp(BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(section + 8)), 0, bytes.Length - 65) + key.Below(64, draw + 2),
        };
        offset = Math.Min(offset, bytes.Length - 4);
        int[] numbers = [0, 1, -1, int.MaxValue, int.MinValue, 255, 256, 65_536];
        if (key.Below(2, draw + 3) == 0) bytes[offset] = (byte)key.Below(256, draw + 4);
        else BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(offset & ~3), numbers[key.Below(numbers.Length, draw + 4)]);
    }

    /// <summary>Makes the checksums right, so that what is wrong gets as far as the sections.</summary>
    private static void Repair(byte[] bytes)
    {
        var count = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(12));
        if (count > 16) return;
        for (var i = 0; i < count; i++)
        {
            var entry = bytes.AsSpan(CompactHeader.Bytes + i * CompactHeader.EntryBytes, CompactHeader.EntryBytes);
            var (offset, length) = (BinaryPrimitives.ReadInt64LittleEndian(entry[8..]), BinaryPrimitives.ReadInt64LittleEndian(entry[16..]));
            if (offset < 0 || length < 0 || offset > bytes.Length || length > bytes.Length - offset) continue;
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], CompactHeader.Checksum(bytes.AsSpan((int)offset, (int)length)));
        }

        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(24), CompactHeader.Checksum(bytes.AsSpan(CompactHeader.Bytes, (int)count * CompactHeader.EntryBytes)));
    }

    [Fact]
    public void TheChecksumIsTheStandardOne() => CompactHeader.Crc32C(Encoding.ASCII.GetBytes("123456789")).ShouldBe(0xE3069283u); // RFC 3720's check value
}
