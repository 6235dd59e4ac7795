using System.Numerics.Tensors;
using Tessera.Evaluation.Metrics;
using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Kernels;

namespace Tessera.Golden;

/// <summary>
/// The fast mode against the exact one, over all cases of the file together, and what llama.cpp deviates on the same model: figure by figure
/// the fast mode has to be at least as near. Inputs are those of the cases of the same names in the file of forward passes beside.
/// </summary>
internal sealed class FastModeReader : IGoldenReader
{
    // Rows that run together; their logits in both modes are held at once.
    private const int ChunkRows = 64;

    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Root.Has("peer") && file.Root.Has("all") && @case.Has("mean_kl_nats") && @case.Has("nll_float32") && Forward(file) is not null;

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var file = @case.File;
        var own = file.Shared("fast mode", () => Measure(file, cancellationToken));
        var mine = own.Cases[@case.Name];
        check.Equal(@case.Value["tokens"], mine.Tokens);
        check.Close(@case.Value["nll_float32"], mine.ExactNll, new Tolerance(1e-6, 1e-4)); // the forward passes' own tolerance
        if (@case.Value.Find("perplexity_float32") is { IsNull: false } perplexity) check.Close(perplexity, Math.Exp(mine.ExactNll / (mine.Tokens - 1)), new Tolerance(0, 1e-4));
        foreach (var (key, value) in @case.Value.Properties)
        {
            if (key is not ("name" or "tokens" or "nll_float32" or "perplexity_float32")) value.Waive("llama.cpp's figure for one case; the demand is on all cases together");
        }

        // The demand: over all cases together, each figure at least as good as llama.cpp's.
        var theirs = file.Root["all"];
        check.Equal(theirs["tokens"], own.Sum.Tokens);
        AtMost("max_abs_logit_difference", own.Sum.MaxLogit);
        AtMost("mean_abs_logit_difference", own.Sum.SumLogit / own.Sum.Logits);
        AtMost("mean_kl_nats", own.Sum.SumKl / own.Sum.Tokens);
        AtMost("max_kl_nats", own.Sum.MaxKl);
        var agreement = (double)own.Sum.SameTop / own.Sum.Tokens;
        check.That(agreement >= theirs["top1_agreement"].AsDouble(), "all.top1_agreement", $"at least {theirs["top1_agreement"].AsDouble():f4}", $"{agreement:f4}");

        void AtMost(string key, double value) => check.That(value <= theirs[key].AsDouble(), $"all.{key}", $"at most {theirs[key].AsDouble():g5}", $"{value:g5}");
    }

    private static GoldenFile? Forward(GoldenFile file) =>
        file.Directory.Files.FirstOrDefault(f => f.Folder == file.Folder && f.Cases.Count > 0 && f.Cases[0].Has("input") && f.Cases[0].Has("expected") && f.Cases[0].Expected.Has("top_logits"));

    private static Measurement Measure(GoldenFile file, CancellationToken cancellation)
    {
        var forward = Forward(file)!;
        var model = GoldenModels.Real<LanguageModel>(forward, forward.Root["model"].AsString());
        var measurement = new Measurement();
        foreach (var @case in forward.Cases.Where(c => file.Cases.Any(d => d.Name == c.Name)))
        {
            var one = new Deviation();
            Run(model, @case.Input["ids"].AsInts(), one, cancellation);
            measurement.Cases[@case.Name] = one;
            measurement.Sum.Add(one);
        }

        return measurement;
    }

    private static void Run(LanguageModel model, int[] ids, Deviation into, CancellationToken cancellation)
    {
        using var exactPass = DecoderProbe.NewPass(null);
        using var fastPass = new Pass(new PassOptions { Arithmetic = Arithmetic.Fast });
        using var exactState = model.NewSequence(SequenceOptions.Exact);
        using var fastState = model.NewSequence(); // the default: F16, as llama.cpp keeps it
        var (exactRows, fastRows) = (new RowBatch(), new RowBatch());
        for (var at = 0; at < ids.Length; at += ChunkRows)
        {
            var chunk = ids.AsSpan(at, Math.Min(ChunkRows, ids.Length - at));
            exactRows.Clear();
            fastRows.Clear();
            exactRows.Add(exactState, chunk);
            fastRows.Add(fastState, chunk);
            var exact = model.Head.Logits(exactPass, model.Run(exactPass, exactRows, cancellation));
            var fast = model.Head.Logits(fastPass, model.Run(fastPass, fastRows, cancellation));
            for (var row = 0; row < chunk.Length; row++) into.AddRow(exact.Row(row), fast.Row(row), at + row + 1 < ids.Length ? ids[at + row + 1] : -1);
        }
    }

    private sealed class Measurement
    {
        public Dictionary<string, Deviation> Cases { get; } = [];

        public Deviation Sum { get; } = new();
    }

    private sealed class Deviation
    {
        public int Tokens { get; private set; }

        public long Logits { get; private set; }

        public double MaxLogit { get; private set; }

        public double SumLogit { get; private set; }

        public int SameTop { get; private set; }

        public double SumKl { get; private set; }

        public double MaxKl { get; private set; }

        public double ExactNll { get; private set; }

        public void AddRow(ReadOnlySpan<float> exact, ReadOnlySpan<float> fast, int next)
        {
            Tokens++;
            Logits += exact.Length;
            var difference = new float[exact.Length];
            TensorPrimitives.Subtract(exact, fast, difference);
            TensorPrimitives.Abs(difference, difference);
            MaxLogit = Math.Max(MaxLogit, TensorPrimitives.Max<float>(difference));
            SumLogit += TensorPrimitives.Sum<float>(difference);
            if (ModelChecks.ArgMax(exact) == ModelChecks.ArgMax(fast)) SameTop++;

            // KL(exact ‖ fast) = Σ p (ℓ − ℓ') − ln Z + ln Z', p from the exact row.
            var (p, q) = (TokenStatistics.Compute(exact, Math.Max(next, 0)), TokenStatistics.Compute(fast, 0));
            var kl = q.LogNormaliser - p.LogNormaliser;
            for (var v = 0; v < exact.Length; v++) kl += Math.Exp(exact[v] - p.LogNormaliser) * (exact[v] - fast[v]);
            SumKl += kl;
            MaxKl = Math.Max(MaxKl, kl);
            if (next >= 0) ExactNll -= p.LogProbability;
        }

        public void Add(Deviation other)
        {
            Tokens += other.Tokens;
            Logits += other.Logits;
            MaxLogit = Math.Max(MaxLogit, other.MaxLogit);
            SumLogit += other.SumLogit;
            SameTop += other.SameTop;
            SumKl += other.SumKl;
            MaxKl = Math.Max(MaxKl, other.MaxKl);
            ExactNll += other.ExactNll;
        }
    }
}
