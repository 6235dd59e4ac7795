namespace Tessera.Tokenizers.Tests.Text.PostProcessors;

public sealed class PostProcessorTests
{
    private const string Specials = """
        "special_tokens":{"[CLS]":{"id":"[CLS]","ids":[1],"tokens":["[CLS]"]},"[SEP]":{"id":"[SEP]","ids":[2],"tokens":["[SEP]"]}}
        """;

    private static Tokenizer With(string postProcessor) =>
        TinyTokenizers.Of(TinyTokenizers.WordLevel("[UNK]", "[CLS]", "[SEP]", "h", "p"), preTokenizer: """{"type":"WhitespaceSplit"}""", postProcessor: postProcessor);

    private static Tokenizer Bert() => With("""{"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",1]}""");

    [Fact]
    public void PairsAreFramedWithTypes()
    {
        var encoding = Bert().Encode("h p", "p");
        encoding.Ids.ShouldBe([1, 3, 4, 2, 4, 2]);
        encoding.TypeIds.ShouldBe([0, 0, 0, 0, 1, 1]);
        encoding.SpecialTokensMask.ShouldBe([1, 0, 0, 1, 0, 1]);
        encoding.SequenceIds.ShouldBe([null, 0, 0, null, 1, null]);
        encoding.WordIds.ShouldBe([null, 0, 1, null, 0, null]);
    }

    [Fact]
    public void ATemplateMayBeTextAndShowASequenceTwice()
    {
        var tokenizer = With($$"""{"type":"TemplateProcessing","single":"[CLS] $A $1 [SEP]:1","pair":"$A $B",{{Specials}} }""");
        var encoding = tokenizer.Encode("h p");
        encoding.Ids.ShouldBe([1, 3, 4, 3, 4, 2]);
        encoding.TypeIds.ShouldBe([0, 0, 0, 1, 1, 1]);
        tokenizer.EncodeToIds("h p").ShouldBe(encoding.Ids);
    }

    [Fact]
    public void ALoneTextIsLeftOutWhereTheTemplateShowsTheOther()
    {
        var tokenizer = With($$"""{"type":"TemplateProcessing","single":"[CLS] $B","pair":"$A $B",{{Specials}} }""");
        tokenizer.EncodeToIds("a").ShouldBe(tokenizer.Encode("a").Ids);
        tokenizer.CountTokens("a").ShouldBe(1);
    }

    [Fact]
    public void ATemplateOfThousandsOfTextsIsRefused() =>
        Should.Throw<ResourceLimitException>(static () => With($$"""{"type":"TemplateProcessing","single":"{{string.Join(' ', Enumerable.Repeat("$A", 5_000))}}","pair":"$A $B",{{Specials}} }"""));

    [Fact]
    public void WindowsOverlapByTheStride()
    {
        var tokenizer = Bert();
        var encoding = tokenizer.Encode("h p h p h p", null, new EncodeOptions { Truncation = new TruncationOptions { MaxLength = 5, Stride = 1 } });
        encoding.Ids.ShouldBe([1, 3, 4, 3, 2]);
        encoding.Overflowing.Select(static o => o.Ids).ShouldBe([[1, 3, 4, 3, 2], [1, 3, 4, 2]]);
        Should.Throw<ArgumentException>(() => tokenizer.Encode("h p h p", null, new EncodeOptions { Truncation = new TruncationOptions { MaxLength = 4, Stride = 2 } }));
    }

    [Fact]
    public void PaddingFillsABatchUp()
    {
        var encodings = Bert().EncodeBatch([("h p", null), ("h", null)], new EncodeOptions { Padding = new PaddingOptions { MultipleOf = 3, Left = true } });
        encodings[1].Ids.ShouldBe([0, 0, 0, 1, 3, 2]);
        encodings[1].AttentionMask.ShouldBe([0, 0, 0, 1, 1, 1]);
        encodings[0].Ids.Length.ShouldBe(6);
    }
}
