namespace Tessera.Golden.Tests;

public sealed class GlobTests
{
    [Theory]
    [InlineData("models-tiny/**", "models-tiny/gpt2/golden.json", true)]
    [InlineData("models-tiny", "models-tiny/gpt2/golden.json", true)]
    [InlineData("models-tiny/gpt*", "models-tiny/gpt2/golden.json", true)]
    [InlineData("models-tiny/*/golden.json", "models-tiny/gpt2/golden.json", true)]
    [InlineData("*/golden.json", "models-tiny/gpt2/golden.json", false)]
    [InlineData("**/golden.json", "models-tiny/gpt2/golden.json", true)]
    [InlineData("**/golden.json", "golden.json", true)]
    [InlineData("models", "models-tiny/gpt2/golden.json", false)]
    [InlineData("models-tiny/gpt?/**", "models-tiny/gpt2/golden.json", true)]
    [InlineData("models-tiny/gpt2/golden.json::*", "models-tiny/gpt2/golden.json", false)]
    public void PathsMatchByWildcardsOrByAFolderAbove(string pattern, string path, bool matches) => new Glob(pattern).MatchesPath(path).ShouldBe(matches);

    [Fact]
    public void CasesMatchByTheirFileOrByTheirName()
    {
        using var made = new MadeUpDirectory().With("a/b.json", """{"cases": [{"name": "length 1 / left", "expected": 1}]}""");
        using var directory = GoldenDirectory.Open(made.Root);
        var @case = directory.Files[0].Cases[0];

        new Glob("a/**").Matches(@case).ShouldBeTrue();
        new Glob("a/b.json::length*").Matches(@case).ShouldBeTrue();
        new Glob("**::*left").Matches(@case).ShouldBeTrue();
        new Glob("**::right*").Matches(@case).ShouldBeFalse();
    }
}
