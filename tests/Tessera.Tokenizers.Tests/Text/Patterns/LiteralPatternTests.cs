using System.Text;
using Tessera.Tokenizers.Text.Patterns;

namespace Tessera.Tokenizers.Tests.Text.Patterns;

public sealed class LiteralPatternTests
{
    [Theory]
    [InlineData(" ")]
    [InlineData("ab")]
    [InlineData("aab")]
    public void ShortAndLongTextsAreSearchedAlike(string literal)
    {
        for (var blanks = 0; blanks < 140; blanks++)
        {
            var text = new string('a', blanks) + "b a";
            var (utf8, fuel) = (Encoding.UTF8.GetBytes(text), long.MaxValue);
            for (var from = 0; from <= text.Length; from++)
            {
                var expected = text.IndexOf(literal, from, StringComparison.Ordinal);
                new LiteralPattern(Encoding.UTF8.GetBytes(literal)).Find(utf8, from, ref fuel, out var start, out var end).ShouldBe(expected >= 0);
                if (expected >= 0) (start, end).ShouldBe((expected, expected + literal.Length));
            }
        }
    }
}
