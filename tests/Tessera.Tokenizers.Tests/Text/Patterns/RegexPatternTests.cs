using Tessera.Tokenizers.Text.Patterns;

namespace Tessera.Tokenizers.Tests.Text.Patterns;

public sealed class RegexPatternTests
{
    [Theory]
    [InlineData("a|ab", "abab", "a|a")] // the first alternative wins, not the longest
    [InlineData("(?:ab|a)(?:c|bcd)", "abcd", "abc")]
    [InlineData("a*?b", "aab", "aab")]
    [InlineData("a{2,3}", "aaaaa", "aaa|aa")]
    [InlineData("a{,2}b", "aaab", "aab")]
    [InlineData("a++a", "aaa", "")]
    [InlineData("(?>a+)b", "aab", "aab")]
    [InlineData("a(?!b)", "abac", "a")]
    [InlineData("(?<=x)a", "axa", "a")]
    [InlineData("(?<!x)a", "axab", "a")]
    [InlineData("(?i)straße", "STRAßE", "STRAßE")]
    [InlineData("(?i:k)", "\u212Ak", "\u212A|k")]
    [InlineData("[a-c&&[^b]]+", "abcab", "a|ca")]
    [InlineData("[^\\s[:punct:]]+", "a.b c", "a|b|c")]
    [InlineData("\\p{Han}+", "a中文b", "中文")]
    [InlineData("\\P{L}", "a1", "1")]
    [InlineData("\\bfoo\\b", "foo food foo", "foo|foo")]
    [InlineData("^b$", "a\nb\nc", "b")]
    [InlineData("\\Aa", "aa", "a")]
    [InlineData("\\x41\\u00e9\\x{1F600}", "Aé😀", "Aé😀")]
    [InlineData("x{y", "x{y", "x{y")]
    [InlineData("(?:a?)*b", "aab", "aab")]
    public void Finds(string pattern, string text, string matches) =>
        string.Join('|', ScannerTests.Pieces(RegexPattern.Compile(pattern, "test", "pattern"), text).Where(static p => p.Length > 0)).ShouldBe(matches);

    [Theory]
    [InlineData("(")]
    [InlineData(")")]
    [InlineData("[z-a]")]
    [InlineData("[a")]
    [InlineData("*a")]
    [InlineData("a{3,2}")]
    [InlineData("\\")]
    public void WhatIsNoRegularExpressionIsRefused(string pattern) => Should.Throw<MalformedInputException>(() => RegexPattern.Compile(pattern, "test", "pattern"));

    [Theory]
    [InlineData("(a)\\1")]
    [InlineData("\\p{Nonsense}")]
    [InlineData("(?<=a+)b")]
    public void WhatIsNotSupportedIsRefusedByName(string pattern) => Should.Throw<UnsupportedFeatureException>(() => RegexPattern.Compile(pattern, "test", "pattern"));

    [Fact]
    public void NestingHasABound() => Should.Throw<ResourceLimitException>(() => RegexPattern.Compile(new string('(', 10_000), "test", "pattern"));

    [Theory]
    [InlineData("(a+)+$")]
    [InlineData("(a|a)*$")]
    [InlineData("(a|aa)+$")]
    [InlineData("(.*)*x")]
    public void ExponentialPatternsEndInPolynomialTime(string pattern)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        ScannerTests.Pieces(RegexPattern.Compile(pattern, "test", "pattern"), new string('a', 60) + "b");
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
    }
}
