using Tessera.Context.Compression;
using Tessera.Generation;

namespace Tessera.Context.Tests.Compression;

/// <summary>How the words that stay become text again.</summary>
public sealed class SourceTextTests(ToyFolders toys) : IClassFixture<ToyFolders>
{
    [Theory]
    [InlineData("a b c", "a|c", "a c")]
    [InlineData("  a b  ", "a|b", "  a b  ")] // nothing is missing: as it stood
    [InlineData("  a b  ", "b", "b  ")]
    [InlineData("So, um.", "So|.", "So.")] // punctuation stays close
    [InlineData("So, um", "So|um", "So um")]
    [InlineData("well-known", "well|known", "well known")] // two words don't become one
    [InlineData("say \"hello", "say|hello", "say hello")]
    [InlineData("a\n\nb: c", "a|c", "a c")]
    [InlineData("a: b\n\nc", "a|c", "a\n\nc")]
    [InlineData("漢字字漢", "漢|漢", "漢漢")]
    [InlineData("漢,字", "漢|字", "漢字")]
    public void TheBlanksBeforeAWordStayWithIt(string text, string kept, string expected)
    {
        using var package = ModelPackage.Load(toys["bert"]);
        var source = new SourceText(package.Text.Tokenizer, new LlmLingua2Options(), (2, 3), 64);
        var words = source.Words(text, source.Chunks(text).Single());
        var wanted = new Queue<string>(kept.Split('|'));
        foreach (var word in words) word.Kept = wanted.Count > 0 && (word.Text == wanted.Peek()) && Take(wanted, word, words);
        wanted.ShouldBeEmpty();
        source.Join(text, [words]).ShouldBe(expected);
    }

    [Fact]
    public void ACharacterThatBecomesSeveralTokensIsOneWord()
    {
        using var package = ModelPackage.Load(toys["roberta"]);
        var source = new SourceText(package.Text.Tokenizer, new LlmLingua2Options(), (0, 2), 64);
        const string Text = "x … ㎏ y"; // NFKC: three full stops, two letters
        source.Words(Text, source.Chunks(Text).Single()).Select(static w => w.Text).ShouldBe(["x", "…", "㎏", "y"]);
    }

    // Where the last word wanted occurs twice, the second one is meant (漢字字漢).
    private static bool Take(Queue<string> wanted, PromptWord word, List<PromptWord> words)
    {
        if (wanted.Count == 1 && words[^1].Text == word.Text && words[^1] != word) return false;
        wanted.Dequeue();
        return true;
    }
}
