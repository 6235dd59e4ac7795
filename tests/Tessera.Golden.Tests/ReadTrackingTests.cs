namespace Tessera.Golden.Tests;

public sealed class ReadTrackingTests
{
    private static IReadOnlyList<string> UnreadAfter(string @case, Action<GoldenCase> read, Action<MadeUpDirectory>? prepare = null)
    {
        using var made = new MadeUpDirectory().With("golden.json", $$"""{"cases": [{{@case}}]}""");
        prepare?.Invoke(made);
        return made.Run(new FakeReader((c, check) =>
        {
            read(c);
            check.That(true, "", "", "");
        })).Cases.Single().Unread;
    }

    [Fact]
    public void WhatNobodyTouchedIsOneEntry() =>
        UnreadAfter("""{"name": "x", "expected": {"a": {"b": 1, "c": 2}, "d": [1, 2]}}""", static _ => { }).ShouldBe(["expected"]);

    [Fact]
    public void PartsThatWereNotReadAreNamed() =>
        UnreadAfter(
            """{"name": "x", "expected": {"a": {"b": 1, "c": 2}, "d": [1, 2], "e": null, "f": 5}}""",
            static c =>
            {
                c.Expected["a"]["b"].AsInt();
                c.Expected["d"][1].AsInt();
                c.Expected["e"].IsNull.ShouldBeTrue();
            }).ShouldBe(["expected.a.c", "expected.d[0]", "expected.f"]);

    [Fact]
    public void AWholeArrayIsReadAtOnce() =>
        UnreadAfter("""{"name": "x", "expected": {"d": [[1, 2], [3, 4]]}}""", static c => c.Expected["d"].AsTensor()).ShouldBeEmpty();

    [Fact]
    public void WalkingAloneReadsNothing() =>
        UnreadAfter("""{"name": "x", "expected": {"d": [{"e": 1}]}}""", static c => c.Expected["d"].Items.First().Find("e")).ShouldBe(["expected.d[0].e"]);

    [Fact]
    public void EveryKeyThatStartsWithExpectHasToBeRead() =>
        UnreadAfter("""{"name": "x", "expected": 1, "expectedWithMore": 2}""", static c => c.Expected.AsInt()).ShouldBe(["expectedWithMore"]);

    [Fact]
    public void WithoutExpectedEverythingButTheDescriptionHasToBeRead() =>
        UnreadAfter("""{"description": "x", "schema": {}, "tests": [{"data": 1, "valid": true}]}""".Insert(1, "\"name\": \"x\", "), static c => c.Value["tests"][0]["valid"].AsBool())
            .ShouldBe(["tests[0].data"]);

    [Fact]
    public void EveryTensorOfAFileNamedUnderExpectedHasToBeRead() =>
        UnreadAfter(
            """{"name": "x", "expected": {"gradients": "grads.safetensors"}}""",
            static c => _ = c.Expected["gradients"].AsTensorFile()["one"],
            static made => made.WithTensors("grads.safetensors", ("one", [1], [1]), ("two", [1], [2]))).ShouldBe(["expected.gradients:two"]);
}
