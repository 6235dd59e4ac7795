using Tessera.Generation;

namespace Tessera.Golden;

/// <summary>Locally typical sampling on stored rows: entropy, what is kept, and its mass.</summary>
internal sealed class TypicalReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) => file.Method == "locally-typical-sampling" && @case.Has("input") && @case.Input.Has("typical_p");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        var row = input.Find("row") is { } name ? @case.File.Root["rows"][name.AsString()].AsFloats() : input["logits"].AsFloats();
        var candidates = new Candidates(row.Length);
        candidates.Load(row);
        var (logNormaliser, entropy) = TypicalSampler.Information(row, new double[row.Length]);
        check.Close(expected["entropy"], entropy, new Tolerance(@case.File.FindTolerance("entropy") ?? 1e-9));
        new TypicalSampler(input["typical_p"].AsDouble(), Math.Max(1, input.Find("min_tokens_to_keep")?.AsInt() ?? 1)).Apply(candidates, new StageContext([], 0));

        var kept = expected["kept"].AsInts();
        var edge = (@case.Value.Find("boundary") ?? expected.Find("boundary") ?? input.Find("boundary"))?.AsBool() == true;
        var other = @case.Value.Find("kept_float64") ?? expected.Find("kept_float64");
        if (edge && other is not null && candidates.Ids.SequenceEqual(other.AsInts())) check.That(true, expected["kept"].Path, "either set", "either set");
        else check.SameIds(expected["kept"], candidates.Ids);
        if (expected.Find("kept_mass") is { } mass)
            check.Close(mass, kept.Sum(id => Math.Exp(row[id] - logNormaliser)), new Tolerance(@case.File.FindTolerance("kept_mass") ?? 1e-9));
    }
}
