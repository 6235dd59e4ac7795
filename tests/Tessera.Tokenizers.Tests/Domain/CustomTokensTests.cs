using Tessera.Tokenizers.Domain;

namespace Tessera.Tokenizers.Tests.Domain;

public sealed class CustomTokensTests
{
    [Theory]
    [InlineData(CustomTokenGroups.Whitespace, 30)]
    [InlineData(CustomTokenGroups.Years, 274)]
    [InlineData(CustomTokenGroups.Numbers, 990)]
    [InlineData(CustomTokenGroups.None, 0)]
    public void GroupsHaveTheirSize(CustomTokenGroups groups, int count) => CustomTokens.Build(groups).Count.ShouldBe(count);

    [Fact]
    public void TokensAreNeverDoubleNorOfOneCharacter()
    {
        var tokens = CustomTokens.Build(CustomTokenGroups.All, ["x", "Art. 5", "ART. 5", "10"], lowercase: true);
        tokens.ShouldBeUnique();
        tokens.ShouldAllBe(static t => t.Length > 1);
        tokens.ShouldContain("art. 5");
        tokens.ShouldNotContain("<DIV");
    }

    [Fact]
    public void FillersGoUpToThePowerOfTwoAndNoFurther()
    {
        CustomTokens.Fillers(131_000, static _ => false).Count.ShouldBe(72);
        CustomTokens.Fillers(32_768, static _ => false).ShouldBeEmpty(); // the paper's program would double it
        CustomTokens.Fillers(6, static t => t == "<|reserved_0|>").ShouldBe(["<|reserved_1|>", "<|reserved_2|>"]);
        CustomTokens.Fillers(5, static t => t == "  ", whitespace: true).ShouldBe(["\n\n", "   ", "\n\n\n"]);
    }
}
