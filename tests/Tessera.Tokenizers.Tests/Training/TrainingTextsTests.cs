using System.Text;
using Tessera.Tokenizers.Training;

namespace Tessera.Tokenizers.Tests.Training;

public sealed class TrainingTextsTests
{
    [Fact]
    public void LinesKeepTheirEndsUnlessTheyAreNotWanted()
    {
        Lines("\uFEFFone\r\ntwo\n\nthree").ShouldBe(["one\r\n", "two\n", "\n", "three"]);
        Lines("one\r\ntwo\n\nthree", keepLineEnds: false).ShouldBe(["one", "two", "three"]);
        Lines("").ShouldBeEmpty();
    }

    [Fact]
    public void ALineLongerThanTheBufferComesInOnePiece()
    {
        var text = new string('x', 300_000);
        Lines(text + "\n" + text).ShouldBe([text + "\n", text]);
    }

    [Fact]
    public void AFieldOfEveryObjectIsRead() =>
        Texts(TrainingTexts.JsonLines(Stream("""
            {"id":1,"text":"a\nb \u00e9"}

            {"meta":{"text":"no"},"text":"","other":[1,2]}
            """), "text")).ShouldBe(["a\nb é", ""]);

    [Theory]
    [InlineData("{\"text\":1}", "no string")]
    [InlineData("{\"other\":\"x\"}", "no field")]
    [InlineData("[1]", "object")]
    [InlineData("{\"text\":\"x", "not JSON")]
    [InlineData("{\"text\":\"\\ud800\"}", "not JSON")]
    public void ABadLineIsNamed(string line, string reason)
    {
        var refusal = Should.Throw<MalformedInputException>(() => Texts(TrainingTexts.JsonLines(Stream("{\"text\":\"fine\"}\n" + line), "text", "corpus.jsonl")));
        (refusal.File, refusal.Place).ShouldBe(("corpus.jsonl", "line 2"));
        refusal.Reason.ShouldContain(reason);
    }

    private static List<string> Lines(string text, bool keepLineEnds = true) => Texts(TrainingTexts.Lines(Stream(text), keepLineEnds));

    private static MemoryStream Stream(string text) => new(Encoding.UTF8.GetBytes(text));

    private static List<string> Texts(IEnumerable<ReadOnlyMemory<byte>> texts) => [.. texts.Select(static t => Encoding.UTF8.GetString(t.Span))];
}
