using System.Globalization;
using Tessera.Context.Policies;
using Tessera.Models;
using Tessera.Models.Attention;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Laboratory;

/// <summary>
/// H2O's claim on long texts: how much worse a model predicts when each head keeps a fifth of the text, chosen by H2O and by its rivals; and how much of the
/// attention falls on the few keys that the method counts on.
/// </summary>
public sealed class HeavyHitterReproduction : IReproduction
{
    private const int Documents = 4;
    private const int Tokens = 2048;
    private const int Prompt = 256; // read at once; every token behind it is scored, then fed alone
    private const int ObservedTokens = 1024;
    private const double TopShare = 0.05;

    /// <inheritdoc/>
    public string Method => "h2o";

    /// <inheritdoc/>
    public string Summary => $"""
        {Documents} texts of {Tokens} tokens. The first {Prompt} are read at once; each further token is scored and then fed alone, under a policy that lets every layer and KV head keep a fixed
        number of slots. Perplexity over the scored tokens, for the full cache, H2O (half heavy hitters, half recent) and rivals with the same number of slots.
        """.ReplaceLineEndings(" ");

    /// <inheritdoc/>
    public Task<ReproductionReport> RunAsync(ReproductionContext context, IProgress<ReproductionProgress> progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(progress);
        return Task.Run(() => Run(context, progress, cancellation), cancellation);
    }

    private static ReproductionReport Run(ReproductionContext context, IProgress<ReproductionProgress> progress, CancellationToken cancellation)
    {
        var model = context.Model.Language;
        if (model.ContextLength < Tokens) throw new ArgumentException($"The model's context of {model.ContextLength} tokens is too short; {Tokens} are needed.", nameof(context));
        var texts = context.LongTexts(Documents, Tokens);
        using var pass = new Pass(new PassOptions { Pool = context.Pool });
        var top = texts.Select(t => TopKeyShares(model, pass, t.Ids.AsSpan(0, ObservedTokens), cancellation)).ToList();
        progress.Report(new ReproductionProgress(0.05, "attention observed"));
        var contenders = Contenders(context.Seed);
        var runs = Decode(model, pass, texts, contenders, progress, cancellation);
        return Report(texts, contenders, runs, [.. Enumerable.Range(0, top[0].Length).Select(layer => top.Average(t => t[layer]))]);
    }

    private sealed record Contender(string Name, double Share, Func<IAttentionPolicy>? Make);

    private sealed class DocumentRun
    {
        public double Surprisal { get; set; }

        public CacheUse? Use { get; set; }

        public double Perplexity => Math.Exp(Surprisal / (Tokens - Prompt));
    }

    private static List<Contender> Contenders(ulong seed)
    {
        static int Slots(double share) => (int)(Tokens * share);
        return
        [
            new("full", 1, null),
            new("h2o", 0.2, () => new HeavyHitterOracle(Slots(0.2))),
            new("window + 4 sinks (streaming-llm, rebased)", 0.2, () => new StreamingLlm(Slots(0.2))),
            new("tova", 0.2, () => new Tova(Slots(0.2))),
            new("random", 0.2, () => new RandomEviction(Slots(0.2), seed)),
            new("window without sinks", 0.2, () => new StreamingLlm(Slots(0.2), sinks: 0, positions: CachePositions.Keep)),
            new("h2o", 0.1, () => new HeavyHitterOracle(Slots(0.1))),
            new("h2o", 0.4, () => new HeavyHitterOracle(Slots(0.4))),
        ];
    }

    // All texts under all policies side by side: a row's result does not depend on the others, and many rows a pass are read at a prompt's speed.
    private static DocumentRun[][] Decode(
        LanguageModel model, Pass pass, IReadOnlyList<(string Name, int[] Ids)> texts, List<Contender> contenders, IProgress<ReproductionProgress> progress, CancellationToken cancellation)
    {
        var runs = contenders.Select(_ => texts.Select(_ => new DocumentRun()).ToArray()).ToArray();
        var parts = contenders.SelectMany((c, i) => texts.Select((t, d) => (Run: runs[i][d], t.Ids, Sequence: model.NewSequence(new SequenceOptions { Policy = c.Make })))).ToList();
        try
        {
            var rows = new RowBatch();
            foreach (var part in parts)
            {
                rows.Clear();
                rows.Add(part.Sequence, part.Ids.AsSpan(0, Prompt));
                var hidden = model.Run(pass, rows, cancellation);
                var first = new TokenStatistics[1];
                pass.Statistics(pass.Select(hidden, [Prompt - 1]), model.Head, [part.Ids[Prompt]], first);
                part.Run.Surprisal = -first[0].LogProbability;
            }

            var statistics = new TokenStatistics[parts.Count];
            for (var at = Prompt; at < Tokens - 1; at++)
            {
                rows.Clear();
                foreach (var part in parts) rows.Add(part.Sequence, part.Ids.AsSpan(at, 1));
                var hidden = model.Run(pass, rows, cancellation);
                pass.Statistics(hidden, model.Head, parts.Select(p => p.Ids[at + 1]).ToArray(), statistics);
                for (var i = 0; i < parts.Count; i++) parts[i].Run.Surprisal -= statistics[i].LogProbability;
                if (at % 32 == 0) progress.Report(new ReproductionProgress(0.1 + 0.9 * (at - Prompt) / (Tokens - Prompt), $"token {at} of {Tokens}"));
            }

            foreach (var part in parts) part.Run.Use = CacheUse.Of(part.Sequence);
            return runs;
        }
        finally
        {
            foreach (var part in parts) part.Sequence.Dispose();
        }
    }

    // For each layer: what share of all attention falls on the twentieth of the keys that get most, averaged over KV heads.
    private static double[] TopKeyShares(LanguageModel model, Pass pass, ReadOnlySpan<int> ids, CancellationToken cancellation)
    {
        var observer = new TopKeys(model.Stack.Blocks.Count);
        using var sequence = model.NewSequence(new SequenceOptions { Policy = () => observer });
        var rows = new RowBatch();
        rows.Add(sequence, ids);
        model.Run(pass, rows, cancellation);
        return observer.Shares;
    }

    private static ReproductionReport Report(IReadOnlyList<(string Name, int[] Ids)> texts, List<Contender> contenders, DocumentRun[][] runs, double[] topShares)
    {
        static string Text(double x, string format = "F2") => x.ToString(format, CultureInfo.InvariantCulture);
        var perplexity = runs.Select(r => Math.Exp(r.Sum(d => d.Surprisal) / (r.Length * (Tokens - Prompt)))).ToArray();
        var (full, h2o, sinks, window) = (perplexity[0], perplexity[1], perplexity[2], perplexity[5]);
        var rows = contenders.Select((c, i) => (IReadOnlyList<string>)
        [
            c.Name, c.Share == 1 ? "100 %" : Text(c.Share * 100, "F0") + " %", .. runs[i].Select(d => Text(d.Perplexity)), Text(perplexity[i]),
            (perplexity[i] >= full ? "+" : "") + Text(100 * (perplexity[i] / full - 1), "F1") + " %", Text(runs[i].Average(d => d.Use!.Bytes / (1024.0 * 1024))),
        ]).ToList();
        var top = topShares.Average();
        return new ReproductionReport
        {
            Claims =
            [
                new("A cache of 20 % keeps the quality of the full one (OPT, LLaMA, GPT-NeoX).", $"Perplexity {Text(h2o)} instead of {Text(full)}: {Text(100 * (h2o / full - 1), "F1")} % worse.",
                    h2o <= full * 1.05 ? Verdict.Reproduced : h2o <= full * 1.15 ? Verdict.PartlyReproduced : Verdict.NotReproduced),
                new("Recent tokens alone do not do: without heavy hitters quality collapses.", $"A window of the same size without the first tokens: perplexity {Text(window)}.",
                    window >= h2o * 1.5 ? Verdict.Reproduced : window >= h2o * 1.05 ? Verdict.PartlyReproduced : Verdict.NotReproduced),
                new("A few heavy hitters draw most of the attention.", $"The {Text(TopShare * 100, "F0")} % of keys that get most get {Text(top * 100, "F0")} % of the attention, averaged over layers (least {Text(topShares.Min() * 100, "F0")} %, most {Text(topShares.Max() * 100, "F0")} %).",
                    top >= 0.5 ? Verdict.Reproduced : top >= 0.25 ? Verdict.PartlyReproduced : Verdict.NotReproduced),
                new("H2O is at least as good as attention sinks with a window of the same size (StreamingLLM came later; the comparison is in its wake).", $"H2O {Text(h2o)}, window with 4 sinks {Text(sinks)}.",
                    Math.Abs(h2o / sinks - 1) < 0.01 ? Verdict.Inconclusive : h2o < sinks ? Verdict.Reproduced : Verdict.NotReproduced),
            ],
            Tables =
            [
                new("Perplexity by policy", ["policy", "budget", .. texts.Select(t => t.Name), "all texts", "against full", "cache, MiB a text"], rows),
            ],
            Charts =
            [
                new("Perplexity at a fifth of the cache", "policy", "perplexity", [new ChartSeries("all texts", [.. Enumerable.Range(0, 6).Select(i => ((double)i, perplexity[i]))])])
                {
                    Categories = [.. contenders.Take(6).Select(c => c.Name)],
                },
                new("Attention on the 5 % of keys that get most", "layer", "share of the attention", [new ChartSeries("mean over heads and texts", [.. topShares.Select((s, i) => ((double)i, s))])]),
            ],
            Notes =
            [
                $"The paper measures tasks and models of 6.7 to 66 billion parameters; this is perplexity of one small model, over {Documents * (Tokens - Prompt)} tokens.",
                "A budget is a share of the text's length; a head holds as many slots from the moment that so many tokens have been read.",
                "Keys and values are kept in 16 bits; the memory counts whole pages of 32 slots.",
            ],
        };
    }

    private sealed class TopKeys(int layers) : IAttentionPolicy
    {
        public double[] Shares { get; } = new double[layers];

        public ObservationRequest? Observe(in AttentionStep step) => new() { ColumnSums = true };

        public RowVisibility? BeforeAttention(in AttentionStep step) => null;

        public KeepPlan? AfterAttention(in AttentionStep step, AttentionObservations? observations)
        {
            var sums = new float[step.State.SlotCount(0)];
            for (var head = 0; head < step.State.Heads; head++)
            {
                observations!.Group(head, observations.ColumnSums, sums);
                Array.Sort(sums);
                var best = sums[^Math.Max(1, (int)(sums.Length * TopShare))..].Sum(x => (double)x);
                Shares[step.Layer] += best / sums.Sum(x => (double)x) / step.State.Heads;
            }

            return null;
        }

        public IAttentionPolicy Fork() => new TopKeys(layers);

        public void Truncate(int length)
        {
        }
    }
}
