using Tessera.Models;
using Tessera.Models.Hooks;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Golden;

/// <summary>
/// A real model's forward pass in exact mode: the largest logits, the normaliser and the entropy at chosen positions, the log-probability
/// of every token, norms of the residual stream, and figures of the attention weights.
/// </summary>
internal sealed class RealForwardReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Root.Has("model") && @case.Has("input") && @case.Input.Has("ids") && @case.Has("expected") && @case.Expected.Has("top_logits") && @case.Expected.Has("next_log_probability");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var file = @case.File;
        var model = GoldenModels.Real<LanguageModel>(file, file.Root["model"].AsString());
        var ids = @case.Input["ids"].AsInts();
        var expected = @case.Expected;
        var norms = new Dictionary<(HookPoint, int), double[]>();
        var hooks = new HookTable();
        if (expected.Has("hidden_l2"))
        {
            foreach (var point in (ReadOnlySpan<HookPoint>)[HookPoint.Embed, HookPoint.ResidPost, HookPoint.FinalNorm])
                hooks.Read(point, (in HookContext context, ReadOnlySpan<float> values) => norms[(context.Point, context.Layer)] = RowNorms(values, ids.Length));
        }

        using (var pass = DecoderProbe.NewPass(hooks))
        using (var sequence = model.NewSequence(SequenceOptions.Exact))
        {
            var rows = new RowBatch();
            rows.Add(sequence, ids);
            var hidden = model.Run(pass, rows, cancellationToken);
            Distributions(check, expected, model, pass, hidden, ids, file);
        }

        if (expected.Find("hidden_l2") is { } l2)
        {
            var relative = new Tolerance(0, file.Tolerance("hidden_l2_relative"));
            check.Tensor(l2["embedding"], norms[(HookPoint.Embed, -1)], relative);
            check.Tensor(l2["final_norm"], norms[(HookPoint.FinalNorm, -1)], relative);
            var layers = l2["layers"];
            for (var layer = 0; layer < layers.Count; layer++) check.Tensor(layers[layer], norms[(HookPoint.ResidPost, layer)], relative);
        }

        if (expected.Find("attention") is { } attention) Attention(check, attention, model, ids, cancellationToken);
    }

    private static void Distributions(GoldenCheck check, GoldenValue expected, LanguageModel model, Pass pass, Tensors.Autodiff.Value hidden, int[] ids, GoldenFile file)
    {
        var (ofLogits, ofLogs, relative) = (new Tolerance(file.Tolerance("max_abs_logit_difference")), new Tolerance(file.Tolerance("log_probability")), new Tolerance(0, file.Tolerance("perplexity_relative")));
        var positions = expected["positions"].AsInts();
        check.That(positions[^1] == ids.Length - 1, "expected.positions", $"the last is {ids.Length - 1}", $"{positions[^1]}");
        var (topIds, topLogits) = (expected["top_ids"].AsIntRows(), expected["top_logits"].AsDoubleRows());
        var (normaliser, entropy) = (expected["logsumexp"].AsDoubles(), expected["entropy_nats"].AsDoubles());
        for (var p = 0; p < positions.Length; p++)
        {
            var logits = model.Logits(pass, hidden, [positions[p]]).Span;
            var statistics = TokenStatistics.Compute(logits, topIds[p][0]);
            check.Close($"expected.logsumexp[{p}]", normaliser[p], statistics.LogNormaliser, ofLogits);
            check.Close($"expected.entropy_nats[{p}]", entropy[p], statistics.Entropy, ofLogs);

            // Own logits of the reference's ids, and own largest logits by rank: together the ids agree up to gaps below the tolerance.
            var ranked = logits.ToArray();
            Array.Sort(ranked, static (a, b) => b.CompareTo(a));
            for (var r = 0; r < topIds[p].Length; r++)
            {
                check.Close($"expected.top_ids[{p}][{r}]", topLogits[p][r], logits[topIds[p][r]], ofLogits);
                check.Close($"expected.top_logits[{p}][{r}]", topLogits[p][r], ranked[r], ofLogits);
            }
        }

        var next = new TokenStatistics[ids.Length - 1];
        if (next.Length > 0) pass.Statistics(pass.Select(hidden, [.. Enumerable.Range(0, next.Length)]), model.Head, ids.AsSpan(1), next);
        check.Tensor(expected["next_log_probability"], Array.ConvertAll(next, static s => s.LogProbability), ofLogs);
        if (next.Length == 0)
        {
            check.That(expected["total_nll"] is var sum && (sum.IsNull || sum.AsDouble() == 0), "expected.total_nll", "null or 0 for one token", expected["total_nll"].Element.GetRawText());
            check.That(expected["perplexity"].IsNull, "expected.perplexity", "null for one token", expected["perplexity"].Element.GetRawText());
            return;
        }

        var nll = -next.Sum(static s => s.LogProbability);
        check.Close(expected["total_nll"], nll, relative);
        check.Close(expected["perplexity"], Math.Exp(nll / next.Length), relative);
    }

    private static void Attention(GoldenCheck check, GoldenValue expected, LanguageModel model, int[] ids, CancellationToken cancellation)
    {
        var tolerance = new Tolerance(expected.File.Tolerance("attention_entropy"));
        var layers = expected["layers"].AsInts();
        var (entropies, firsts) = (new List<double>(), new List<double>());
        foreach (var layer in layers)
        {
            var weights = DecoderProbe.AttentionWeights(model.Stack, layer, ids.Length, hooks => UpTo(model, ids, layer, hooks, cancellation));
            for (var row = 0; row < weights.Length; row += ids.Length)
            {
                var nats = 0.0;
                for (var key = 0; key < ids.Length; key++)
                {
                    if (weights[row + key] > 0) nats -= weights[row + key] * Math.Log(weights[row + key]);
                }

                entropies.Add(nats);
                firsts.Add(weights[row]);
            }
        }

        check.Tensor(expected["entropy_nats"], System.Runtime.InteropServices.CollectionsMarshal.AsSpan(entropies), tolerance);
        check.Tensor(expected["mass_on_first"], System.Runtime.InteropServices.CollectionsMarshal.AsSpan(firsts), tolerance);
    }

    // Only as many layers as are looked at.
    private static void UpTo(LanguageModel model, int[] ids, int layer, HookTable hooks, CancellationToken cancellation)
    {
        using var pass = DecoderProbe.NewPass(hooks);
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var rows = new RowBatch();
        rows.Add(sequence, ids);
        pass.Begin(rows, cancellation);
        model.Stack.RunLayers(pass, model.Stack.Embed(pass), 0, layer + 1);
    }

    private static double[] RowNorms(ReadOnlySpan<float> values, int rows)
    {
        var width = values.Length / rows;
        var norms = new double[rows];
        for (var r = 0; r < rows; r++)
        {
            foreach (var value in values.Slice(r * width, width)) norms[r] += (double)value * value;
            norms[r] = Math.Sqrt(norms[r]);
        }

        return norms;
    }
}
