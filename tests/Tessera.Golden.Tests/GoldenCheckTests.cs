namespace Tessera.Golden.Tests;

public sealed class GoldenCheckTests
{
    private static GoldenCheck With(string expected, Action<GoldenValue, GoldenCheck> compare, Action<MadeUpDirectory>? prepare = null)
    {
        using var made = new MadeUpDirectory().With("golden.json", $$"""{"cases": [{"name": "x", "expected": {{expected}}}]}""");
        prepare?.Invoke(made);
        using var directory = GoldenDirectory.Open(made.Root);
        var check = new GoldenCheck();
        compare(directory.Files[0].Cases[0].Expected, check);
        return check;
    }

    [Theory]
    [InlineData("[1, 2, 3]", new[] { 1, 2, 3 }, true)]
    [InlineData("[1, 2, 3]", new[] { 1, 2 }, false)]
    [InlineData("[1, 2]", new[] { 1, 2, 3 }, false)]
    [InlineData("[1, 2, 3]", new[] { 1, 3, 2 }, false)]
    [InlineData("[]", new int[0], true)]
    public void IdsAreEqualInOrderAndLength(string expected, int[] actual, bool same) =>
        With(expected, (e, check) => check.SameIds(e, actual)).FailureCount.ShouldBe(same ? 0 : 1);

    [Theory]
    [InlineData("\"NaN\"", double.NaN, true)]
    [InlineData("\"NaN\"", 1.0, false)]
    [InlineData("1.0", double.NaN, false)]
    [InlineData("\"-Infinity\"", double.NegativeInfinity, true)]
    [InlineData("\"-inf\"", double.PositiveInfinity, false)]
    [InlineData("{\"__float__\": \"Infinity\"}", double.PositiveInfinity, true)]
    [InlineData("1.0", 1.001, true)]
    [InlineData("1.0", 1.1, false)]
    public void NumbersAreCloseOrNotIncludingThoseThatAreNotFinite(string expected, double actual, bool close) =>
        With(expected, (e, check) => check.Close(e, actual, new Tolerance(0.01))).FailureCount.ShouldBe(close ? 0 : 1);

    [Fact]
    public void ATensorReferenceReadsTheFileBesideAndNamesTheWorstPlace()
    {
        var check = With(
            """{"tensor": "t"}""",
            static (e, check) => check.Tensor(e, (ReadOnlySpan<float>)[1, 2, 3.5f, 9], new Tolerance(0.1)),
            static made => made.WithTensors("golden.safetensors", ("t", [2, 2], [1, 2, 3, 4])));

        check.FailureCount.ShouldBe(1);
        check.Numbers.ShouldBe(4);
        check.Failures[0].Path.ShouldBe("expected[1, 1]");
        check.Failures[0].Got.ShouldContain("2 of 4");
    }

    [Fact]
    public void NestedListsAreATensorAsWell()
    {
        With("[[1, 2], [3, 4]]", static (e, check) => check.Tensor(e, (ReadOnlySpan<double>)[1, 2, 3, 4], Tolerance.Exact)).FailureCount.ShouldBe(0);
        With("[[1, 2], [3, 4]]", static (e, check) => check.Tensor(e, (ReadOnlySpan<double>)[1, 2, 3], Tolerance.Exact)).FailureCount.ShouldBe(1);
        Should.Throw<GoldenFormatException>(() => With("[[1, 2], [3]]", static (e, check) => check.Tensor(e, (ReadOnlySpan<double>)[1, 2, 3], Tolerance.Exact)));
    }

    [Fact]
    public void AToleranceRelativeToTheLargestEntryAllowsMoreOfSmallOnes()
    {
        var tolerance = new Tolerance(0, RelativeToLargest: 0.01);
        With("[100, 0.5]", (e, check) => check.Tensor(e, (ReadOnlySpan<double>)[100, 1.4], tolerance)).FailureCount.ShouldBe(0);
        With("[10, 0.5]", (e, check) => check.Tensor(e, (ReadOnlySpan<double>)[10, 1.4], tolerance)).FailureCount.ShouldBe(1);
    }

    [Fact]
    public void TheAbsoluteOrRelativeFormTakesTheLargerPart()
    {
        Tolerance.AbsoluteOrRelative(0.1).Allowed(0.5, 0).ShouldBe(0.1);
        Tolerance.AbsoluteOrRelative(0.1).Allowed(50, 0).ShouldBe(5);
        new Tolerance(0.1, 0.1).Allowed(50, 0).ShouldBe(5.1, 1e-12);
    }

    [Fact]
    public void OnlyATypedExceptionCountsAsRefusal()
    {
        With("1", static (_, check) => check.Refused("p", "bad", static () => throw new MalformedInputException("f", "p", "r")).ShouldNotBeNull()).FailureCount.ShouldBe(0);
        With("1", static (_, check) => check.Refused("p", "bad", static () => throw new InvalidOperationException())).FailureCount.ShouldBe(1);
        With("1", static (_, check) => check.Refused("p", "bad", static () => { })).FailureCount.ShouldBe(1);
    }
}
