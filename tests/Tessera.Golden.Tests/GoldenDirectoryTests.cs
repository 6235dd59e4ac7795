namespace Tessera.Golden.Tests;

public sealed class GoldenDirectoryTests
{
    [Fact]
    public void EveryFormOfCaseFileIsFoundAndTheRestAreResources()
    {
        using var made = new MadeUpDirectory()
            .With("one/golden.json", """{"method": "m", "cases": [{"name": "x", "expected": 1}]}""")
            .With("hostile/index.json", """{"what": "w", "files": [{"file": "a.gguf", "kind": "gguf", "expect": "error"}]}""")
            .With("suite/type.json", """[{"description": "integers", "schema": {}, "tests": [{"data": 1, "valid": true}]}]""")
            .With("one/config.json", """{"model_type": "llama"}""")
            .With("hostile/broken.json", "{")
            .With("README.md", "text");
        using var directory = GoldenDirectory.Open(made.Root);

        directory.Files.Select(static f => (f.RelativePath, f.Form)).ShouldBe(
        [
            ("hostile/index.json", GoldenForm.FileIndex), ("one/golden.json", GoldenForm.Cases), ("suite/type.json", GoldenForm.SchemaSuite),
        ]);
        directory.Files.Select(static f => f.Cases[0].Name).ShouldBe(["a.gguf", "x", "integers"]);
        directory.Resources.ShouldBe(["hostile/broken.json", "one/config.json"]);
    }

    [Fact]
    public void CasesOfTheSameNameAreToldApart()
    {
        using var made = new MadeUpDirectory().With("a.json", """{"cases": [{"name": "x"}, {"name": "y"}, {"name": "x"}]}""");
        using var directory = GoldenDirectory.Open(made.Root);
        directory.Files[0].Cases.Select(static c => c.Name).ShouldBe(["x #0", "y", "x #2"]);
    }

    [Fact]
    public void AFileNamedInACaseIsFoundBesideOrAboveAndCountsAsOpened()
    {
        using var made = new MadeUpDirectory()
            .With("family/sub/cases.json", """{"cases": [{"name": "x", "expected": "above.txt"}]}""")
            .With("family/above.txt", "here")
            .With("family/other.txt", "there");
        using var directory = GoldenDirectory.Open(made.Root);

        File.ReadAllText(directory.Files[0].Cases[0].Expected.AsFilePath()).ShouldBe("here");
        directory.UnopenedResources.ShouldBe(["family/other.txt"]);
    }

    [Theory]
    [InlineData("missing.bin")]
    [InlineData("/etc/hostname")]
    public void AFileThatIsNotThereIsAFault(string name)
    {
        using var made = new MadeUpDirectory().With("cases.json", $$"""{"cases": [{"name": "x", "expected": "{{name}}"}]}""");
        using var directory = GoldenDirectory.Open(made.Root);
        Should.Throw<GoldenFormatException>(() => directory.Files[0].Cases[0].Expected.AsFilePath());
    }

    [Fact]
    public void ARealModelIsFoundByTheStartOfItsName()
    {
        using var made = new MadeUpDirectory().With("cases.json", """{"cases": []}""");
        Directory.CreateDirectory(Path.Combine(made.Root, "..", "models", "tiny-lm-5b-instruct"));
        using var directory = GoldenDirectory.Open(made.Root);

        Path.GetFileName(directory.RealModel("TinyLM-5B-Instruct, float32, no chat template")).ShouldBe("tiny-lm-5b-instruct");
        Path.GetFileName(directory.RealModel("tinylm")).ShouldBe("tiny-lm-5b-instruct");
        Should.Throw<NotCoveredException>(() => directory.RealModel("other"));
    }

    [Theory]
    [InlineData("0.5", 0.5)]
    [InlineData("\"5e-4 in exact mode (weights widened)\"", 5e-4)]
    [InlineData("\"relative 2e-3\"", 2e-3)]
    [InlineData("\"exact\"", 0)]
    [InlineData("\"equal (smallest margin is given)\"", 0)]
    public void AToleranceIsTheNumberOrTheFirstNumberInTheText(string json, double expected)
    {
        using var made = new MadeUpDirectory().With("cases.json", $$"""{"tolerance": {"x": {{json}}}, "cases": []}""");
        using var directory = GoldenDirectory.Open(made.Root);
        directory.Files[0].Tolerance("x").ShouldBe(expected);
        directory.Files[0].FindTolerance("y").ShouldBeNull();
    }

    [Fact]
    public void WhatAFolderSharesIsMadeOnceAndReleasedAtItsEnd()
    {
        const string cases = """{"cases": [{"name": "x", "expected": 1}, {"name": "y", "expected": 1}]}""";
        using var made = new MadeUpDirectory().With("a/1.json", cases).With("a/2.json", cases).With("b/1.json", cases);
        var probes = new List<Probe>();
        made.Run(new FakeReader((c, check) =>
        {
            var probe = c.File.Shared("probe", () =>
            {
                probes.Add(new Probe());
                return probes[^1];
            });
            probe.IsDisposed.ShouldBeFalse();
            check.Equal(c.Expected, 1);
        })).IsSuccess.ShouldBeTrue();

        probes.Count.ShouldBe(2);
        probes.ShouldAllBe(static p => p.IsDisposed);
    }

    private sealed class Probe : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}
