namespace Tessera.Primitives.Tests.Catalogue;

public sealed class MethodSettingsTests
{
    private enum Shape
    {
        Round,
        VeryFlat,
    }

    [Fact]
    public void ValuesAreReadByTheirKindAndTheRestHasItsDefault()
    {
        var settings = MethodSettings.Parse(" mass=0.25, min-keep = -3 ,on=true,shape=very-flat,seed=18446744073709551615,text=a b,keep=0.8/1e-1,ids=1/-2");
        settings.Number("mass", 1).ShouldBe(0.25);
        settings.Integer("min-keep", 1).ShouldBe(-3);
        settings.Switch("on", false).ShouldBeTrue();
        settings.Choice("shape", Shape.Round).ShouldBe(Shape.VeryFlat);
        settings.Seed("seed", 0).ShouldBe(ulong.MaxValue);
        settings.Text("text", "").ShouldBe("a b");
        settings.Numbers("keep").ShouldBe([0.8, 0.1]);
        settings.Integers("ids").ShouldBe([1, -2]);
        settings.Has("mass").ShouldBeTrue();

        settings.Number("other", 7).ShouldBe(7);
        settings.Choice("other", Shape.VeryFlat).ShouldBe(Shape.VeryFlat);
        settings.Numbers("other").ShouldBeEmpty();
        settings.Has("other").ShouldBeFalse();
    }

    [Theory]
    [InlineData("mass")]
    [InlineData("=1")]
    [InlineData("a=1,a=2")]
    public void WhatIsNoListOfPairsIsRefused(string text) => Should.Throw<ArgumentException>(() => MethodSettings.Parse(text));

    [Fact]
    public void AValueOfAnotherKindIsRefusedWithTheOptionsName()
    {
        var settings = MethodSettings.Parse("x=much,y=1.5,z=maybe,shape=1,seed=-1,list=1/b");
        foreach (var read in (Action[])
        [
            () => settings.Number("x", 0), () => settings.Integer("y", 0), () => settings.Switch("z", false), () => settings.Choice("shape", Shape.Round),
            () => settings.Seed("seed", 0), () => settings.Numbers("list"), () => settings.Integers("list"),
        ])
        {
            Should.Throw<ArgumentException>(read).Message.ShouldStartWith("The option ");
        }
    }

    [Fact]
    public void ASettingCanBeAddedAndTheTextReadsBack()
    {
        var settings = MethodSettings.Parse("b=2").With("a", "1").With("b", "3");
        settings.ToString().ShouldBe("a=1,b=3");
        MethodSettings.Parse(settings.ToString()).Integer("b", 0).ShouldBe(3);
    }

    [Fact]
    public void AMethodMakesWhatItIsAndNothingElse()
    {
        var method = new MethodDescription
        {
            Name = "count", Paper = "p", ArXiv = "1", Year = 2020, Stage = MethodStage.Insight, Type = "T", Summary = "s",
            Options = [new("n", "integer", "1", "How many.")], Factory = s => new int[s.Integer("n", 1)],
        };
        method.Create<int[]>(MethodSettings.Parse("n=3")).Length.ShouldBe(3);
        Should.Throw<ArgumentException>(() => method.Create<string>(MethodSettings.None));
        Should.Throw<ArgumentException>(() => method.Create<int[]>(MethodSettings.Parse("m=3"))).Message.ShouldContain("it has n");
        Should.Throw<ArgumentException>(() => (method with { Factory = null }).Create<int[]>(MethodSettings.None));
    }
}
