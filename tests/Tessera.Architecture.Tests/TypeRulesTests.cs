using System.Reflection;

namespace Tessera.Architecture.Tests;

public sealed class TypeRulesTests
{
    private static readonly Assembly s_own = typeof(TypeRulesTests).Assembly;

    [Fact]
    public void LibrariesUseNoReflectionEmitActivatorOrDrawnRandomNumbers() => Repository.Libraries.SelectMany(TypeRules.BannedTypes).ShouldBeEmpty();

    [Fact]
    public void ModulesUseNoTape()
    {
        var tapes = Repository.Assemblies.SelectMany(static a => a.GetTypes()).Where(static t => t.Name.Split('`')[0].EndsWith("Tape", StringComparison.Ordinal)).Select(static t => t.FullName!).ToList();
        if (tapes.Count == 0) return; // nothing records yet: nothing can be asked
        Repository.Libraries.SelectMany(a => TypeRules.DependenciesOn(a, "Tessera.Models.Modules", tapes)).ShouldBeEmpty();
    }

    [Fact]
    public void LibrariesAreTrimmableAndCompileAheadOfTime() => Repository.Libraries.SelectMany(TypeRules.TrimmingPromise).ShouldBeEmpty();

    [Fact]
    public void EveryPublicTypeHasASummary() => Repository.Assemblies.SelectMany(TypeRules.Undocumented).ShouldBeEmpty();

    [Fact]
    public void AUseOfABannedTypeIsFound()
    {
        var found = TypeRules.BannedTypes(s_own).ToList();
        found.ShouldContain(static v => v.Contains(nameof(DrawsNumbers)) && v.Contains("System.Random"));
        found.ShouldContain(static v => v.Contains(nameof(MakesObjects)) && v.Contains("System.Activator"));
    }

    [Fact]
    public void AUseOfATapeIsFound() =>
        TypeRules.DependenciesOn(s_own, "Tessera.Architecture.Tests", [typeof(MadeUpTape).FullName!]).ShouldContain(static v => v.Contains(nameof(AsksTheTape)));

    [Fact]
    public void AnAssemblyWithoutThePromiseIsFound() => TypeRules.TrimmingPromise(s_own).ShouldNotBeEmpty();

    [Fact]
    public void AnAssemblyWithoutDocumentationIsFound() => TypeRules.Undocumented(s_own).ShouldNotBeEmpty();

    private static class DrawsNumbers
    {
        public static int Draw() => new Random(1).Next();
    }

    private static class MakesObjects
    {
        public static object? Make(Type type) => Activator.CreateInstance(type);
    }

    private sealed class MadeUpTape
    {
        public int Records { get; set; }
    }

    private static class AsksTheTape
    {
        public static bool Ask(MadeUpTape tape) => tape.Records > 0;
    }
}
