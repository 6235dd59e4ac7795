namespace Tessera.Golden.Tests;

public sealed class GoldenRunnerTests
{
    private const string Doubling = """
        {"method": "doubling", "tolerance": {"all": "1e-3, made up"}, "cases": [
          {"name": "two", "kind": "a", "input": 2, "expected": {"value": 4, "note": "x"}},
          {"name": "three", "kind": "b", "input": 3, "expected": {"value": 6.0005}}]}
        """;

    [Fact]
    public void ACaseThatAgreesPassesAndItsNumbersAreCounted()
    {
        using var made = new MadeUpDirectory().With("a/doubling.json", Doubling);
        var result = made.Run(new FakeReader((c, check) =>
            check.Close(c.Expected["value"], 2 * c.Input.AsDouble(), new Tolerance(c.File.Tolerance("all")))));

        var file = result.Files.ShouldHaveSingleItem();
        file.Passed.ShouldBe(2);
        file.Numbers.ShouldBe(2);
        result.IsSuccess.ShouldBeTrue();
    }

    [Fact]
    public void ADifferenceBeyondTheToleranceFailsWithPathExpectedGotAndTolerance()
    {
        using var made = new MadeUpDirectory().With("a/doubling.json", Doubling);
        var (status, output) = made.Command(new FakeReader((c, check) => check.Close(c.Expected["value"], 4, new Tolerance(0.5))));

        status.ShouldBe(1);
        output.ShouldContain("FAILED a/doubling.json::three");
        output.ShouldContain("expected.value");
        output.ShouldContain("6.0005");
        output.ShouldContain("tolerance 0.5");
        output.ShouldNotContain("FAILED a/doubling.json::two");
    }

    [Fact]
    public void ACaseWithoutReaderIsNotCoveredAndFailsOnlyWhereRequired()
    {
        using var made = new MadeUpDirectory().With("a/doubling.json", Doubling);
        var reader = new FakeReader((c, check) => check.Close(c.Expected["value"], 4, Tolerance.Exact), c => c.Kind == "a");

        made.Command(reader).Status.ShouldBe(0);
        var (status, output) = made.Command(reader, "--require", "a/*.json::three");
        status.ShouldBe(1);
        output.ShouldContain("not covered: a/doubling.json [b]: three");
        output.ShouldContain("MISSING a/doubling.json::three");
    }

    [Fact]
    public void ARequiredCaseWithAnExpectedKeyThatNobodyReadFails()
    {
        using var made = new MadeUpDirectory().With("a/doubling.json", Doubling);
        var reader = new FakeReader((c, check) => check.Close(c.Expected["value"], 2 * c.Input.AsDouble(), new Tolerance(0.01)));

        made.Command(reader, "--require", "a/*::three").Status.ShouldBe(0);
        var (status, output) = made.Command(reader, "--require", "a/*::two");
        status.ShouldBe(1);
        output.ShouldContain("no reader read expected.note");
    }

    [Fact]
    public void WhatAReaderLooksAtToSayWhetherItCoversACaseDoesNotCountAsRead()
    {
        using var made = new MadeUpDirectory().With("a/doubling.json", Doubling);
        var reader = new FakeReader(
            (c, check) => check.Close(c.Expected["value"], 2 * c.Input.AsDouble(), new Tolerance(0.01)),
            c => c.Expected.Find("note")?.AsString() == "x");

        made.Run(reader).Cases.First().Unread.ShouldBe(["expected.note"]);
    }

    [Fact]
    public void AWaivedValueCountsAsReadAndIsCounted()
    {
        using var made = new MadeUpDirectory().With("a/doubling.json", Doubling);
        var result = made.Run(new FakeReader((c, check) =>
        {
            check.Close(c.Expected["value"], 2 * c.Input.AsDouble(), new Tolerance(0.01));
            c.Expected.Find("note")?.Waive("a remark");
        }));

        result.Cases.Sum(static c => c.Waived).ShouldBe(1);
        result.Cases.ShouldAllBe(static c => c.Unread.Count == 0);
    }

    [Fact]
    public void AReaderThatComparesNothingFails()
    {
        using var made = new MadeUpDirectory().With("a/doubling.json", Doubling);
        var result = made.Run(new FakeReader(static (_, _) => { }));
        result.Files[0].Failed.ShouldBe(2);
    }

    [Fact]
    public void AReaderThatLooksForAKeyThatIsNotThereDoesNotCoverTheCase()
    {
        using var made = new MadeUpDirectory().With("a/odd.json", """{"cases": [{"name": "x", "verdict": 1}]}""");
        var result = made.Run(new FakeReader(static (_, _) => throw new InvalidOperationException(), static c => c.Expected.Has("value")));
        result.Files[0].NotCovered.ShouldBe(1);
    }

    [Fact]
    public void AnExceptionFailsItsCaseAndTheOthersStillRun()
    {
        using var made = new MadeUpDirectory().With("a/doubling.json", Doubling);
        var result = made.Run(new FakeReader((c, check) =>
        {
            if (c.Kind == "a") throw new InvalidOperationException("broken");
            check.Close(c.Expected["value"], 6, new Tolerance(0.01));
        }));

        result.Files[0].Failed.ShouldBe(1);
        result.Files[0].Passed.ShouldBe(1);
        result.Cases.First().Failures[0].Got.ShouldContain("broken");
    }

    [Fact]
    public void ACaseThatCannotBeJudgedHereIsNotCoveredWithItsReason()
    {
        using var made = new MadeUpDirectory().With("a/doubling.json", Doubling);
        var result = made.Run(new FakeReader((c, _) => c.File.Directory.RealModel("no such model")));
        result.Files[0].NotCovered.ShouldBe(2);
        result.Cases.First().Reason!.ShouldContain("no such model");
        result.IsSuccess.ShouldBeTrue();
    }

    [Fact]
    public void ACaseThatOutlastsItsLimitIsToldToEndAndFails()
    {
        using var made = new MadeUpDirectory().With("a/doubling.json", Doubling);
        using var directory = GoldenDirectory.Open(made.Root);
        var options = RunOptions.Parse(["--filter", "a/*::two"]) with { CaseLimit = TimeSpan.FromMilliseconds(50) };
        var reader = new WaitingReader();
        var result = new GoldenRunner([reader], options).Run(directory, null, TestContext.Current.CancellationToken);

        result.Files[0].Failed.ShouldBe(1);
        result.Cases.First().Failures[0].Expected.ShouldContain("limit");
    }

    [Fact]
    public void FilterRunsOnlyWhatMatches()
    {
        using var made = new MadeUpDirectory().With("a/doubling.json", Doubling).With("b/doubling.json", Doubling);
        var result = made.Run(new FakeReader((c, check) => check.Close(c.Expected["value"], 6, new Tolerance(3))), "--filter", "b");
        result.Files.ShouldHaveSingleItem().File.RelativePath.ShouldBe("b/doubling.json");
    }

    [Fact]
    public void ARequirementThatMatchesNothingFails()
    {
        using var made = new MadeUpDirectory().With("a/doubling.json", Doubling);
        var (status, output) = made.Command(new FakeReader((c, check) => check.Close(c.Expected["value"], 6, new Tolerance(3))), "--require", "c/**");
        status.ShouldBe(1);
        output.ShouldContain("nothing matches");
    }

    [Fact]
    public void ATableRowPerFileAndTheTotalsEndTheReport()
    {
        using var made = new MadeUpDirectory().With("a/doubling.json", Doubling);
        var (_, output) = made.Command(new FakeReader((c, check) => check.Close(c.Expected["value"], 4, Tolerance.Exact), c => c.Kind == "a"));
        var lines = output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        lines.ShouldContain(static l => l.StartsWith("file ") && l.EndsWith("seconds"));
        System.Text.RegularExpressions.Regex.IsMatch(lines.Single(static l => l.StartsWith("a/doubling.json ")), @"^a/doubling\.json\s+2\s+1\s+0\s+1\s+1\s").ShouldBeTrue();
        lines.ShouldContain(static l => l.StartsWith("total (1 files)"));
    }

    [Fact]
    public void WithoutADirectoryTheRunIsSkippedUnlessSomethingIsRequired()
    {
        using var output = new StringWriter();
        GoldenCommand.Run([], output, output, static () => null).ShouldBe(0);
        output.ToString().ShouldContain("skipped");
        GoldenCommand.Run(["--require", "x"], output, output, static () => null).ShouldBe(1);
    }

    [Fact]
    public void AnUnknownArgumentIsRefusedWithTheUsage()
    {
        using var output = new StringWriter();
        GoldenCommand.Run(["--frobnicate"], output, output, static () => null).ShouldBe(2);
        output.ToString().ShouldContain("--require");
    }

    [Fact]
    public void JsonReportsTheSameCounts()
    {
        using var made = new MadeUpDirectory().With("a/doubling.json", Doubling);
        var (_, output) = made.Command(new FakeReader((c, check) => check.Close(c.Expected["value"], 4, Tolerance.Exact), c => c.Kind == "a"), "--json");
        using var json = System.Text.Json.JsonDocument.Parse(output);
        json.RootElement.GetProperty("totals").GetProperty("passed").GetInt32().ShouldBe(1);
        json.RootElement.GetProperty("totals").GetProperty("not_covered").GetInt32().ShouldBe(1);
    }

    private sealed class WaitingReader : IGoldenReader
    {
        public bool Covers(GoldenFile file, GoldenCase @case) => true;

        public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
        {
            cancellationToken.WaitHandle.WaitOne();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
