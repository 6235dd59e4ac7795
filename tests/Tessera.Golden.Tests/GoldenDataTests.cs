namespace Tessera.Golden.Tests;

/// <summary>
/// Runs the golden cases as part of the test run: a test for every case file of which a reader covers something. Cases are run one after
/// the other; what they share (a real model) is loaded once.
/// </summary>
public sealed class GoldenDataTests(GoldenDataTests.Data data) : IClassFixture<GoldenDataTests.Data>
{
    public static TheoryData<string> Files()
    {
        var rows = new TheoryData<string>();
        if (GoldenDirectory.Locate() is not { } root) return rows;
        using var directory = GoldenDirectory.Open(root);
        var runner = new GoldenRunner(Readers.All, new RunOptions());
        foreach (var file in directory.Files.Where(f => f.Cases.Any(c => runner.ReadersOf(c).Count > 0))) rows.Add(file.RelativePath);
        return rows;
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Files))]
    public void EveryCoveredCaseOfTheFileAgrees(string file)
    {
        var directory = data.Directory ?? throw new InvalidOperationException("the golden directory was there when the tests were listed");
        var result = data.Runner.RunFile(directory.Files.Single(f => f.RelativePath == file), TestContext.Current.CancellationToken);
        directory.ReleaseFolder();
        using var report = new StringWriter();
        TextReport.WriteFailures(result, report);
        if (result.Failed == 0 && result.Passed == 0) Assert.Skip(result.Cases.FirstOrDefault(static c => c.Reason is not null)?.Reason ?? "not covered");
        result.Failed.ShouldBe(0, report.ToString());
    }

    [Fact]
    public void EveryReaderCoversSomething()
    {
        Assert.SkipWhen(data.Directory is null, "there is no golden directory beside the repository");
        Assert.SkipUnless(string.IsNullOrEmpty(Environment.GetEnvironmentVariable(GoldenDirectory.Variable)), "another golden directory need not hold every kind of case");
        foreach (var reader in Readers.All)
            data.Directory!.Files.Any(f => f.Cases.Any(c => reader.Covers(f, c))).ShouldBeTrue($"{reader.Name} covers no case: it looks at the wrong things, or is dead");
    }

    /// <summary>The golden directory, shared by the tests of this class.</summary>
    public sealed class Data : IDisposable
    {
        public GoldenDirectory? Directory { get; } = GoldenDirectory.Locate() is { } root ? GoldenDirectory.Open(root) : null;

        public GoldenRunner Runner { get; } = new(Readers.All, new RunOptions());

        public void Dispose() => Directory?.Dispose();
    }
}
