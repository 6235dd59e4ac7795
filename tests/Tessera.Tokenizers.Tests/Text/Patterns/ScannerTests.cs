using System.Text;
using Tessera.Tokenizers.Text.Patterns;

namespace Tessera.Tokenizers.Tests.Text.Patterns;

public sealed class ScannerTests
{
    private const string Hostile = "aBzé\u0301\u01C5ſ'sStTrReEvVlLdDmM09½٣\u2167 \t\r\n\u00A0\u0085\u200B\u3000.!/-_<中あ한😀\U0001D7D8\U00010400\uFFFD";

    [Theory]
    [InlineData("I'LL we're  don't", "I|'|LL| we|'re| | don|'t", "I|'LL| we|'re| | don|'t", "I'LL| we're| | don't")]
    [InlineData("a  b\n\n  c", "a| | b|\n\n | c", "a| | b|\n\n| | c", "a| | b|\n\n| | c")]
    [InlineData("x=12345;\n\ty", "x|=|12345|;|\n|\t|y", "x|=|123|45|;\n|\ty", "x|=|123|45|;\n|\ty")]
    [InlineData("HTMLParser's $$$//\n ok ", "HTMLParser|'s| $$$//|\n| ok| ", "HTMLParser|'s| $$$//\n| ok| ", "HTMLParser's| $$$//\n| ok| ")]
    [InlineData("!!\n\n?", "!!|\n|\n|?", "!!\n\n|?", "!!\n\n|?")]
    [InlineData("foo\t\tbar \n", "foo|\t|\t|bar| \n", "foo|\t|\tbar| \n", "foo|\t|\tbar| \n")]
    public void PiecesAreThoseOfThePatterns(string text, string gpt2, string cl100k, string o200k)
    {
        Pieces(Gpt2Scanner.Instance, text).ShouldBe(gpt2.Split('|'));
        Pieces(Cl100kScanner.Cl100k, text).ShouldBe(cl100k.Split('|'));
        Pieces(O200kScanner.O200k, text).ShouldBe(o200k.Split('|'));
    }

    [Theory]
    [InlineData(KnownPatterns.Gpt2)]
    [InlineData(KnownPatterns.Cl100k)]
    [InlineData(KnownPatterns.Qwen2)]
    [InlineData(KnownPatterns.O200k)]
    [InlineData(KnownPatterns.Tekken)]
    [InlineData(KnownPatterns.DeepSeekCjk)]
    [InlineData(@"\p{N}{1,3}")]
    [InlineData(@"\s+")]
    public void AScannerCutsAsItsRegularExpressionDoes(string pattern)
    {
        var scanner = KnownPatterns.Find(pattern)!;
        var regex = RegexPattern.Compile(pattern, "test", "pattern");
        var alphabet = Hostile.EnumerateRunes().ToArray();
        for (uint seed = 0; seed < 2_000; seed++)
        {
            var key = new RandomKey(7, seed, 0, RandomPurpose.Tokenize);
            var builder = new StringBuilder();
            // Few different characters make long runs, many make rare neighbours.
            var different = 1 + key.Below(8, 1_000);
            for (uint i = 0; i < key.Below(24, 1_001); i++) builder.Append(alphabet[key.Below(alphabet.Length, 2_000 + (uint)key.Below(different, i))].ToString());
            var text = builder.ToString();
            Pieces(scanner, text).ShouldBe(Pieces(regex, text), $"\"{text}\"");
        }
    }

    internal static List<string> Pieces(TextPattern pattern, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var pieces = new List<string>();
        var search = pattern.Search(utf8.Length);
        while (search.Next(utf8, out var start, out var end)) pieces.Add(Encoding.UTF8.GetString(utf8, start, end - start));
        return pieces;
    }
}
