using System.Xml.Linq;

namespace Tessera.Architecture.Tests;

public sealed class ProjectOrderTests
{
    [Fact]
    public void AProjectReferencesOnlyThoseBeforeIt() =>
        Repository.Projects.SelectMany(static p => ProjectOrder.Violations(
            Path.GetFileNameWithoutExtension(p),
            XDocument.Load(p).Descendants("ProjectReference").Select(static r => Path.GetFileNameWithoutExtension(((string)r.Attribute("Include")!).Replace('\\', '/')))))
        .ShouldBeEmpty();

    [Fact]
    public void ABuiltAssemblyUsesOnlyThoseBeforeIt() =>
        Repository.Libraries.SelectMany(static a => ProjectOrder.Violations(
            a.GetName().Name!,
            a.GetReferencedAssemblies().Select(static r => r.Name!).Where(static n => n.StartsWith("Tessera", StringComparison.Ordinal))))
        .ShouldBeEmpty();

    [Theory]
    [InlineData("Tessera.Models", "Tessera.Generation")]
    [InlineData("Tessera.Models", "Tessera.Models")]
    [InlineData("Tessera.Tokenizers", "Tessera.Tensors")]
    [InlineData("Tessera.Cli", "Tessera.Utilities")]
    public void AnUpwardOrUnknownReferenceIsFound(string project, string uses) => ProjectOrder.Violations(project, [uses]).ShouldNotBeEmpty();

    [Fact]
    public void AnUnknownProjectIsFound() => ProjectOrder.Violations("Tessera.Extra", []).ShouldNotBeEmpty();

    [Fact]
    public void EveryProjectHasItsTests() =>
        Repository.Projects.Select(static p => Path.GetFileNameWithoutExtension(p))
            .Where(static name => !File.Exists(Path.Combine(Repository.Root, "tests", $"{name}.Tests", $"{name}.Tests.csproj")))
            .ShouldBeEmpty();
}
