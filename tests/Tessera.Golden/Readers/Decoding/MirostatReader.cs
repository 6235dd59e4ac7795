using Tessera.Generation;

namespace Tessera.Golden;

/// <summary>Mirostat of both versions over several rows; the token that the reference drew is fed back.</summary>
internal sealed class MirostatReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method == "samplers" && @case.Has("input") && @case.Input.Find("stage")?.Find("stage")?.AsString() is "mirostat" or "mirostat_v2";

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var stage = @case.Input["stage"];
        var parameters = stage["parameters"];
        var mirostat = new MirostatSampler(
            stage["stage"].AsString() == "mirostat" ? MirostatVersion.V1 : MirostatVersion.V2,
            parameters["tau"].AsDouble(),
            parameters["eta"].AsDouble(),
            parameters.Find("m")?.AsInt() ?? 100);
        var chain = new SamplerChain([mirostat]);
        var history = new List<int>();
        var mu = new Tolerance(@case.File.Tolerance("mu"));
        var probabilities = new Tolerance(@case.File.Tolerance("kept_probabilities"));
        var rows = @case.Input["rows"].Items.ToArray();
        var steps = @case.Expected["steps"].Items.ToArray();
        check.That(rows.Length == steps.Length, "expected.steps", $"{rows.Length} steps", $"{steps.Length}");
        for (var i = 0; i < Math.Min(rows.Length, steps.Length); i++)
        {
            var context = new StageContext(history.ToArray(), 0);
            check.Close(steps[i]["mu_before"], mirostat.Mu, mu);
            var candidates = chain.Apply(rows[i].AsFloats(), context);
            var best = candidates.Best(candidates.Count).ToArray();
            var logNormaliser = candidates.LogNormaliser();
            check.SameIds(steps[i]["kept_in_order"], [.. best.Select(at => candidates.Ids[at])]);
            check.Tensor(steps[i]["kept_probabilities"], (ReadOnlySpan<double>)[.. best.Select(at => Math.Exp(candidates.Logits[at] - logNormaliser))], probabilities);
            var drawn = steps[i]["drawn"].AsInt();
            chain.Accept(drawn, context);
            history.Add(drawn);
            check.Close(steps[i]["mu_after"], mirostat.Mu, mu);
        }
    }
}
