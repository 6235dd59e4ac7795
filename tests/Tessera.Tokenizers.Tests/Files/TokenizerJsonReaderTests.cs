using System.Text;
using Tessera.Tokenizers.Files;

namespace Tessera.Tokenizers.Tests.Files;

public sealed class TokenizerJsonReaderTests
{
    private static Tokenizer Read(string json) => Tokenizer.FromJson(Encoding.UTF8.GetBytes(json));

    private static string With(string model = """{"type":"WordLevel","vocab":{"a":0},"unk_token":"a"}""", string more = "") => $$"""{"version":"1.0"{{more}},"model":{{model}}}""";

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"version":"1.0"}""")]
    [InlineData("""{"version":"1.0","model":{"type":"BPE","vocab":{"a":-1},"merges":[]}}""")]
    [InlineData("""{"version":"1.0","model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]}}""")]
    [InlineData("""{"version":"1.0","model":{"type":"BPE","vocab":{"a":0},"merges":["a a"]}}""")]
    [InlineData("""{"version":"1.0","model":{"type":"BPE","vocab":{"a":0},"merges":[["a"]]}}""")]
    [InlineData("""{"version":"1.0","model":{"type":"BPE","vocab":{"a":0},"merges":[],"dropout":2}}""")]
    [InlineData("""{"version":"1.0","model":{"type":"Unigram","unk_id":3,"vocab":[["a",-1]]}}""")]
    [InlineData("""{"version":"1.0","model":{"type":"Unigram","unk_id":0,"vocab":[["a",1e999]]}}""")]
    [InlineData("""{"version":"1.0","model":{"type":"WordLevel","vocab":{"\ud800":0},"unk_token":"a"}}""")]
    [InlineData("""{"\ud800":0}""")]
    public void BrokenFilesAreRefused(string json) => Should.Throw<MalformedInputException>(() => Read(json));

    [Theory]
    [InlineData(",\"normalizer\":{\"type\":\"Magic\"}", "Magic")]
    [InlineData(",\"pre_tokenizer\":{\"type\":\"Magic\"}", "Magic")]
    [InlineData(",\"post_processor\":{\"type\":\"Magic\"}", "Magic")]
    [InlineData(",\"decoder\":{\"type\":\"Magic\"}", "Magic")]
    [InlineData(",\"extra\":1", "extra")]
    public void WhatIsNotKnownIsRefusedByName(string more, string name) => Should.Throw<UnsupportedFeatureException>(() => Read(With(more: more))).Message.ShouldContain(name);

    [Fact]
    public void AnotherVersionIsRefused() => Should.Throw<UnsupportedFeatureException>(static () => Read("""{"version":"2.0","model":{}}""")).Message.ShouldContain("2.0");

    [Fact]
    public void AnErrorNamesThePlace() =>
        Should.Throw<MalformedInputException>(static () => Read(With(more: ""","added_tokens":[{"id":1,"content":"x"}]"""))).Place.ShouldBe("$.added_tokens[0]");

    [Fact]
    public void BytesThatAreNoTextAreRefused() =>
        Should.Throw<MalformedInputException>(static () => Tokenizer.FromJson((byte[])[.. "{\"version\":\"1.0\",\""u8, 0xFF, .. "\":1}"u8]));

    [Fact]
    public void MutatedFilesLoadOrAreRefusedByType()
    {
        const string fragments = "{}[]\",:-019ntf\\é";
        var whole = Encoding.UTF8.GetBytes($$"""
            {"version":"1.0","truncation":{"max_length":8,"strategy":"LongestFirst","stride":1},"padding":null,"added_tokens":[ {{TinyTokenizers.Added(9, "<s>", special: true)}} ],
            "normalizer":{"type":"Sequence","normalizers":[{"type":"NFKC"},{"type":"Replace","pattern":{"Regex":"\\s+|(a|b)*"},"content":" "} ] },
            "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"[^\\p{L}]?\\w+(?!x)"},"behavior":"Isolated","invert":false},{"type":"Metaspace","replacement":"_","prepend_scheme":"first","split":true} ] },
            "post_processor":{"type":"BertProcessing","sep":["<s>",9],"cls":["<s>",9]},"decoder":{"type":"Metaspace","replacement":"_"},
            "model":{"type":"BPE","dropout":null,"unk_token":"u","vocab":{"u":0,"a":1,"b":2,"ab":3,"_":4},"merges":["a b"]} }
            """);
        Tokenizer.FromJson(whole).EncodeToIds("ab").ShouldBe([9, 4, 9]); // the pattern makes a blank of "ab"
        for (uint seed = 0; seed < 3_000; seed++)
        {
            var key = new RandomKey(3, seed, 0, RandomPurpose.Tokenize);
            var bytes = whole.ToList();
            for (uint i = 0; i < 1 + key.Below(3, 100); i++)
            {
                var at = key.Below(bytes.Count, 10 * i);
                if (key.Below(2, 10 * i + 1) == 0) bytes.RemoveRange(at, Math.Min(bytes.Count - at, 1 + key.Below(9, 10 * i + 2)));
                else bytes[at] = (byte)fragments[key.Below(fragments.Length, 10 * i + 3)];
            }

            try
            {
                var tokenizer = Tokenizer.FromJson(bytes.ToArray());
                tokenizer.Decode(tokenizer.EncodeToIds("ab é <s> \U0001F600b"));
            }
            catch (TesseraException)
            {
                // refused by type; any other exception fails the test
            }
        }
    }

    [Fact]
    public void LimitsHold() => Should.Throw<ResourceLimitException>(static () => Tokenizer.FromJson(Encoding.UTF8.GetBytes(With()), limits: new InputLimits { MaxJsonBytes = 10 }));

    [Fact]
    public void TheConfigurationNamesRolesAndPutsBosIn()
    {
        var config = TokenizerConfig.Parse("""{"bos_token":{"content":"<s>"},"eos_token":"</s>","add_bos_token":true,"clean_up_tokenization_spaces":true}"""u8.ToArray());
        var tokenizer = Tokenizer.FromJson(Encoding.UTF8.GetBytes(With("""{"type":"WordLevel","vocab":{"a":0,"<s>":1,"</s>":2,".":3},"unk_token":"a"}""")), config);
        tokenizer.SpecialTokens.BeginOfSequence.ShouldBe(1);
        tokenizer.SpecialTokens.EndOfGeneration.ShouldBe([2]);
        tokenizer.EncodeToIds("a").ShouldBe([1, 0]);
        tokenizer.Decode([0, 3]).ShouldBe("a.");
    }

    [Fact]
    public void AddedTokensKeepTheModelsIdOrTheirOwnOrTakeTheNext()
    {
        var added = string.Join(',', TinyTokenizers.Added(7, "a"), TinyTokenizers.Added(5, "x"), TinyTokenizers.Added(5, "y"));
        var tokenizer = Read(With(more: $",\"added_tokens\":[{added}]"));
        (tokenizer.TokenToId("a"), tokenizer.TokenToId("x"), tokenizer.TokenToId("y"), tokenizer.VocabularySize).ShouldBe((0, 5, 6, 7));
    }

    [Fact]
    public void EveryKindOfModelIsWrittenAndReadAgain()
    {
        string[] models =
        [
            """{"type":"WordLevel","vocab":{"a":0,"b":1},"unk_token":"b"}""",
            """{"type":"WordPiece","vocab":{"[UNK]":0,"a":1,"##b":2},"unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100}""",
            """{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["a",-1.25],["ab",-3]],"byte_fallback":false}""",
            """{"type":"BPE","dropout":null,"unk_token":"a","continuing_subword_prefix":null,"end_of_word_suffix":"</w>","fuse_unk":true,"byte_fallback":false,"ignore_merges":false,"vocab":{"a":0,"b</w>":1,"ab</w>":2},"merges":[["a","b</w>"]]}""",
        ];
        foreach (var model in models)
        {
            var tokenizer = Read(With(model, ""","normalizer":{"type":"Lowercase"},"pre_tokenizer":{"type":"Whitespace"}"""));
            using var stream = new MemoryStream();
            TokenizerJsonWriter.Write(tokenizer, stream);
            Tokenizer.FromJson(stream.ToArray()).EncodeToIds("AB a b").ShouldBe(tokenizer.EncodeToIds("AB a b"), model);
        }
    }
}
