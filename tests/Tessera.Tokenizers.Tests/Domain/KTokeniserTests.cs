using FsCheck;
using FsCheck.Xunit;
using Tessera.Tokenizers.Domain;

namespace Tessera.Tokenizers.Tests.Domain;

public sealed class KTokeniserTests
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz";

    private static readonly Tokenizer s_wordPiece = WordPiece("take", "daily", "for", "gout", "met");
    private static readonly Tokenizer s_bytes = TinyTokenizers.ByteLevel(("Ġ", "m"), ("e", "t"));

    private static readonly DomainTerm[] s_terms =
    [
        .. ((string[])["metformin", "buformin", "phenformin", "allopurinol", "thiopurinol", "warfarin", "heparin", "insulin", "aspirin", "codein"]).Select(static t => new DomainTerm(t, "drug", 3)),
        .. ((string[])["arthritis", "bronchitis", "hepatitis", "nephritis", "gastritis", "neuritis", "dermatitis", "rhinitis", "colitis", "cystitis"]).Select(static t => new DomainTerm(t, "disease", 3)),
    ];

    [Fact]
    public void AMetforminIsOneTokenWhereTheBaseHasMany()
    {
        var built = KTokeniser.Build(s_wordPiece, s_terms, []);
        built.Types.Select(static t => t.Name).ShouldBe(["disease", "drug"]);
        var tokens = built.Encode("take metformin daily");
        tokens.Count.ShouldBeLessThan(s_wordPiece.CountTokens("take metformin daily", EncodeOptions.PlainText));
        tokens[0].Type.ShouldBeNull();
        tokens[1].Type.ShouldBe("drug");
        tokens.ShouldContain(static t => t.Id >= s_wordPiece.VocabularySize && t.Text == "##formin");
        tokens.Where(static t => t.Type == "drug").Select(static t => t.Offset.End.Value).Last().ShouldBe(14);
        built.Decode([.. tokens.Select(static t => t.Id)]).ShouldBe("take metformin daily");
        built.NewTokens.ShouldBeUnique();
        built.VocabularySize.ShouldBe(s_wordPiece.VocabularySize + built.NewTokens.Count);
    }

    [Fact]
    public void ABaseOfBytesKeepsItsBlanks()
    {
        var built = KTokeniser.Build(s_bytes, s_terms, []);
        const string text = "Take metformin, for gastritis. Metformin!"; // capitals stay with the base, which tells them apart
        var tokens = built.Encode(text);
        tokens.Count.ShouldBeLessThan(s_bytes.CountTokens(text, EncodeOptions.PlainText));
        built.Decode([.. tokens.Select(static t => t.Id)]).ShouldBe(text);
        string.Concat(tokens.Select(t => text[t.Offset])).ShouldBe(text);
        tokens.Where(static t => t.Type is not null).Select(static t => t.Type).Distinct().ShouldBe(["drug", "disease"]);
    }

    [Property(MaxTest = 60)]
    public bool NoTextGetsLongerAndAllOfItComesBack(string text)
    {
        text = (text ?? "").Replace('\0', ' ') + " metformin. Take codein";
        var built = s_property;
        var tokens = built.Encode(text);
        var own = s_bytes.EncodeToIds(text, EncodeOptions.PlainText);
        return tokens.Count <= own.Length && built.Decode([.. tokens.Select(static t => t.Id)]) == s_bytes.Decode(own);
    }

    private static readonly KTokeniser s_property = KTokeniser.Build(s_bytes, s_terms, []);

    [Fact]
    public void WithoutTermsOrWithStopWordsTheBaseCuts()
    {
        var ids = s_wordPiece.EncodeToIds("take metformin daily", EncodeOptions.PlainText);
        KTokeniser.Build(s_wordPiece, [], []).Encode("take metformin daily").Select(static t => t.Id).ShouldBe(ids);
        KTokeniser.Build(s_wordPiece, s_terms, [], new KTokeniserOptions { StopWords = ["metformin"] }).Encode("take metformin daily").Select(static t => t.Id).ShouldBe(ids);
        KTokeniser.Build(s_wordPiece, [new("...", "drug")], []).NewTokens.ShouldBeEmpty();
    }

    [Fact]
    public void SmallTypesBecomeOther() =>
        KTokeniser.Build(s_wordPiece, [.. s_terms, new DomainTerm("statute", "law", 5)], []).Types.Select(static t => t.Name).ShouldBe(["disease", "drug", "other"]);

    [Fact]
    public void TheWorkedExampleOfContextHolds()
    {
        double[] scores = [3.912, 6.908];
        KTokeniser.Choose(scores, [Math.Log(0.5), Math.Log(0.5)], 1).ShouldBe(0);
        KTokeniser.Choose(scores, [Math.Log(0.01), Math.Log(0.99)], 1).ShouldBe(1); // 8.517 against 6.918
        KTokeniser.Choose(scores, [Math.Log(0.01), Math.Log(0.99)], 0).ShouldBe(0);
        KTokeniser.Choose([], [], 1).ShouldBe(-1);
    }

    [Fact]
    public void TermsAreReadAndBrokenLinesNamed()
    {
        DomainTerm.Read(new StringReader("# drugs\nmetformin\tdrug\n\nheart attack\tdisease\t7\n")).ShouldBe([new("metformin", "drug"), new("heart attack", "disease", 7)]);
        Should.Throw<MalformedInputException>(() => DomainTerm.Read(new StringReader("metformin\tdrug\nno type"))).Place.ShouldBe("line 2");
        Should.Throw<MalformedInputException>(() => DomainTerm.Read(new StringReader("metformin\tdrug\t0")));
        Should.Throw<ArgumentException>(() => KTokeniser.Build(s_wordPiece, s_terms, [], new KTokeniserOptions { BasePrior = double.NaN }));
        Should.Throw<ArgumentException>(() => new SubwordTable(new Dictionary<string, double> { ["a"] = 0 }));
    }

    private static Tokenizer WordPiece(params string[] words)
    {
        string[] tokens = ["[UNK]", .. words, .. Letters.Select(static c => c.ToString()), .. Letters.Select(static c => "##" + c)];
        var vocabulary = string.Join(',', tokens.Distinct().Select(static (t, i) => $"\"{t}\":{i}"));
        return TinyTokenizers.Of(
            $$"""{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{{{vocabulary}}} }""",
            preTokenizer: """{"type":"BertPreTokenizer"}""", decoder: """{"type":"WordPiece","prefix":"##","cleanup":false}""");
    }
}
