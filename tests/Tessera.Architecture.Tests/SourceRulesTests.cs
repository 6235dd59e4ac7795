namespace Tessera.Architecture.Tests;

public sealed class SourceRulesTests
{
    // Files that are longer, and why they may be.
    private static readonly Dictionary<string, string> s_longFiles = [];

    // Files with public members without documentation, and why they may have them.
    private static readonly Dictionary<string, string> s_undocumented = new()
    {
        ["src/Tessera.Tensors/Storage/TensorFormat.cs"] = "the members are ggml's names of formats; there is nothing to add to a name",
    };

    [Fact]
    public void FoldersAreStagesOrFamilies() => Broken(SourceRules.FolderNames).ShouldBeEmpty();

    [Fact]
    public void AFileHoldsOnePublicTypeAndHasItsName() => Broken(SourceRules.OnePublicType).ShouldBeEmpty();

    [Fact]
    public void FilesAreShortOrListedWithAReason()
    {
        Broken(static f => SourceRules.Length(f, s_longFiles)).ShouldBeEmpty();
        s_longFiles.Keys.Where(static path => Repository.Sources.All(f => f.Path != path)).ShouldBeEmpty();
    }

    [Fact]
    public void OnlyMappedFileMakesAddressesOfAMapping() => Broken(SourceRules.MappedAddresses).ShouldBeEmpty();

    [Fact]
    public void ModulesAskForNoTape() => Broken(SourceRules.ModulesAskForNoTape).ShouldBeEmpty();

    [Fact]
    public void LibrariesReadNoClockAndDoNotSleep() =>
        Repository.Sources.Where(static f => !f.Path.StartsWith("src/Tessera.Cli/", StringComparison.Ordinal) && !f.Path.StartsWith("src/Tessera.Server/", StringComparison.Ordinal))
            .SelectMany(SourceRules.ForbiddenCalls).ShouldBeEmpty();

    [Fact]
    public void MissingDocumentationIsHiddenNowhereOrListedWithAReason() =>
        Broken(static f => SourceRules.MissingDocumentationHidden(f, s_undocumented)).ShouldBeEmpty();

    [Fact]
    public void TheReadmeSaysHowToTestOneProgramAtATime()
    {
        // The CI script runs this line; two compute pools side by side would starve each other.
        var commands = File.ReadLines(Path.Combine(Repository.Root, "README.md")).Select(static l => l.Trim()).Where(static l => l.StartsWith("dotnet test ", StringComparison.Ordinal)).ToList();
        commands.ShouldNotBeEmpty();
        commands[0].ShouldContain("-c Release");
        commands[0].ShouldContain("--max-parallel-test-modules 1");
    }

    [Fact]
    public void NothingTellsOfTheMachineOnWhichItWasWritten() => Repository.Texts.SelectMany(SourceRules.MachineWords).ShouldBeEmpty();

    [Theory]
    [InlineData("src/Tessera.Models/Helpers/Thing.cs")]
    [InlineData("src/Tessera.Models/utils/Thing.cs")]
    [InlineData("src/Tessera.Common/Thing.cs", false)]
    public void AFolderThatIsAPatternIsFound(string path, bool found = true) => SourceRules.FolderNames(new SourceFile(path, "")).Any().ShouldBe(found);

    [Theory]
    [InlineData("Foo.cs", "public sealed class Foo\n{\n    public class Inner { }\n}\n", 0)]
    [InlineData("Foo.cs", "public sealed class Bar { }\n", 2)]
    [InlineData("Foo.cs", "public readonly record struct Foo(int X);\npublic sealed record FooOptions { }\n", 0)]
    [InlineData("Foo.cs", "public enum Foo { }\npublic interface IBar { }\n", 1)]
    [InlineData("Foo.cs", "public class Foo { }\npublic class Foo<T> { }\n", 0)]
    [InlineData("Foo.cs", "public delegate int Foo(int x);\n", 0)]
    [InlineData("Foo.Bar.cs", "public static unsafe partial class Foo { }\n", 0)]
    [InlineData("Foo.cs", "// public class Bar\ninternal class Bar { }\n", 0)]
    public void ASecondPublicTypeOrAnotherNameIsFound(string name, string text, int found) =>
        SourceRules.OnePublicType(new SourceFile("src/X/" + name, text)).Count().ShouldBe(found);

    [Fact]
    public void ALongFileAndAListedShortOneAreFound()
    {
        var longFile = new SourceFile("a.cs", new string('\n', 401));
        SourceRules.Length(longFile, new Dictionary<string, string>()).ShouldNotBeEmpty();
        SourceRules.Length(longFile, new Dictionary<string, string> { ["a.cs"] = "a table" }).ShouldBeEmpty();
        SourceRules.Length(new SourceFile("a.cs", "\n"), new Dictionary<string, string> { ["a.cs"] = "a table" }).ShouldNotBeEmpty();
    }

    [Fact]
    public void AnAddressMadeElsewhereIsFound()
    {
        SourceRules.MappedAddresses(new SourceFile("src/X/Other.cs", "view.SafeMemoryMappedViewHandle.AcquirePointer(ref p);")).ShouldNotBeEmpty();
        SourceRules.MappedAddresses(new SourceFile("src/X/MappedFile.cs", "view.SafeMemoryMappedViewHandle.AcquirePointer(ref p);")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("if (pass.Tape is null) return;", true)]
    [InlineData("var fused = !pass.IsRecording;", true)]
    [InlineData("if (x.Node >= 0) return x;", true)]
    [InlineData("// a tape may be there; Tape says so\nvar y = pass.Linear(x);", false)]
    public void AModuleThatAsksForATapeIsFound(string code, bool found) =>
        SourceRules.ModulesAskForNoTape(new SourceFile("src/Tessera.Models/Modules/Block.cs", code)).Any().ShouldBe(found);

    [Theory]
    [InlineData("var now = DateTime.Now;", true)]
    [InlineData("Thread.Sleep(1);", true)]
    [InlineData("/* DateTime.Now would do */ var now = clock.GetUtcNow();", false)]
    public void ACallOfTheClockOrOfSleepIsFound(string code, bool found) => SourceRules.ForbiddenCalls(new SourceFile("a.cs", code)).Any().ShouldBe(found);

    [Fact]
    public void AHiddenWarningIsFound()
    {
        var file = new SourceFile("a.cs", "#pragma warning disable CA1707, CS1591 // names");
        SourceRules.MissingDocumentationHidden(file, new Dictionary<string, string>()).ShouldNotBeEmpty();
        SourceRules.MissingDocumentationHidden(file, new Dictionary<string, string> { ["a.cs"] = "names" }).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("see /wor", "k/shared", true)]
    [InlineData("http://10.1.", "2.3:8080/nuget", true)]
    [InlineData("cd /ho", "me/someone/tessera", true)]
    [InlineData("http://127.0.0.1:", "5000", false)]
    [InlineData("https://arxiv.org/abs/", "2306.14048", false)]
    [InlineData("the net", "work/shared folder", false)]
    public void AWordOfTheMachineIsFound(string start, string end, bool found) => SourceRules.MachineWords(new SourceFile("a.md", start + end)).Any().ShouldBe(found);

    [Fact]
    public void CommentsAreNoCodeButStringsAre()
    {
        var file = new SourceFile("a.cs", "var a = \"// kept\"; // gone\nvar b = '\"'; /* gone */ var c = @\"kept \"\" // too\";");
        file.Code.ShouldContain("// kept");
        file.Code.ShouldContain("// too");
        file.Code.ShouldNotContain("gone");
    }

    private static IEnumerable<string> Broken(Func<SourceFile, IEnumerable<string>> rule) => Repository.Sources.SelectMany(rule);
}
