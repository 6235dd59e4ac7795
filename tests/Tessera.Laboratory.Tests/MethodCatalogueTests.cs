using System.Globalization;
using System.Text.RegularExpressions;

namespace Tessera.Laboratory.Tests;

/// <summary>What holds of every method in the catalogue, whatever it does.</summary>
public sealed partial class MethodCatalogueTests
{
    [Fact]
    public void NamesAreUniqueAndWrittenAlike()
    {
        MethodCatalogue.All.ShouldNotBeEmpty();
        MethodCatalogue.All.Select(m => m.Name).ShouldBeUnique();
        MethodCatalogue.All.Where(m => !Hyphenated().IsMatch(m.Name)).ShouldBeEmpty();
    }

    [Fact]
    public void EveryMethodNamesItsPaperAndSaysWhatItDoes()
    {
        foreach (var method in MethodCatalogue.All)
        {
            method.Paper.Length.ShouldBeGreaterThan(10, method.Name);
            (ArXivNumber().IsMatch(method.ArXiv) || method.ArXiv.Contains('/', StringComparison.Ordinal)).ShouldBeTrue($"{method.Name}: {method.ArXiv}");
            method.Year.ShouldBeInRange(1950, 2030, method.Name);
            if (ArXivNumber().IsMatch(method.ArXiv)) method.Year.ShouldBeInRange(2000 + int.Parse(method.ArXiv[..2], CultureInfo.InvariantCulture), 2030, method.Name);
            method.Summary.Length.ShouldBeGreaterThan(40, method.Name);
            foreach (var option in method.Options) option.Summary.Length.ShouldBeGreaterThan(5, $"{method.Name}: {option.Name}");
        }
    }

    [Fact]
    public void EveryMethodIsMadeFromNothingAndFromItsOwnDefaults()
    {
        foreach (var method in MethodCatalogue.All.Where(m => m.Factory is not null && m.Options.All(o => o.Default is not null)))
        {
            method.Create<object>(MethodSettings.None).GetType().FullName.ShouldBe(method.Type);
            foreach (var option in method.Options.Where(o => o.Default != "none"))
                method.Create<object>(MethodSettings.None.With(option.Name, option.Default!)).ShouldNotBeNull($"{method.Name}: {option.Name}={option.Default}");
        }
    }

    [Fact]
    public void NoMethodTakesWhatIsNoNumber()
    {
        foreach (var method in MethodCatalogue.All.Where(m => m.Factory is not null))
        {
            foreach (var option in method.Options)
            {
                if (option.Kind == "number") Refused(method, option, "NaN");
                if (option.Kind == "integer" && option.Name != "seed") Refused(method, option, "-2147483648");
                if (option.Kind is not "text") Refused(method, option, "no such value");
            }

            Should.Throw<ArgumentException>(() => method.Create<object>(MethodSettings.Parse("no-such-option=1")), method.Name);
        }
    }

    [Fact]
    public void AMethodIsFoundByItsNameAndStage()
    {
        var method = MethodCatalogue.All[0];
        MethodCatalogue.Find(method.Name).ShouldBeSameAs(method);
        MethodCatalogue.Find("no such method").ShouldBeNull();
        Should.Throw<ArgumentException>(() => MethodCatalogue.Read("no-such", MethodStage.Logits)).Message.ShouldContain("top-h");
        MethodCatalogue.Read("top-h:h=0.5", MethodStage.Logits).Settings.Number("h", 0).ShouldBe(0.5);
    }

    [Fact]
    public void AReproductionIsOfAMethodInTheCatalogue()
    {
        Reproductions.All.Select(r => r.Method).ShouldBeUnique();
        Reproductions.All.Where(r => MethodCatalogue.Find(r.Method) is null).ShouldBeEmpty();
        Reproductions.All.ShouldAllBe(r => r.Summary.Length > 40);
    }

    private static void Refused(MethodDescription method, MethodOption option, string value) =>
        Should.Throw<ArgumentException>(() => method.Create<object>(MethodSettings.None.With(option.Name, value)), $"{method.Name}: {option.Name}={value}");

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex Hyphenated();

    [GeneratedRegex(@"^\d{4}\.\d{4,5}$")]
    private static partial Regex ArXivNumber();
}
