using System.Diagnostics;
using System.Globalization;
using Tessera.Context.Schedules;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Laboratory;

/// <summary>
/// LazyLLM (Fu et al. 2024, arXiv 2407.14057): time to the first token at three schedules against the plain prefill, and how well the tokens
/// that follow in the text are predicted from there on, against a choice that is made once and against chance.
/// </summary>
public sealed class LazyLlmReproduction : IReproduction
{
    private const int Rounds = 3; // of each prefill whose time counts; the fastest one does
    private static readonly (string Name, string Keep)[] s_schedules =
        [("a quarter", "0.4:0.7/0.7:0.5"), ("half", "0.2:0.5/0.5:0.3/0.8:0.2"), ("seven tenths", "0.15:0.3/0.4:0.2/0.7:0.1")];

    private static readonly string[] s_kinds = ["lazy", "static", "random"];

    private readonly int _texts;
    private readonly int _prompt;
    private readonly int _steps;

    /// <summary>The experiment at its usual size.</summary>
    public LazyLlmReproduction()
        : this(texts: 3, prompt: 1500, steps: 32)
    {
    }

    /// <summary>The experiment at another size.</summary>
    /// <param name="texts">How many texts.</param>
    /// <param name="prompt">Tokens of each prompt.</param>
    /// <param name="steps">Tokens that are predicted after it.</param>
    public LazyLlmReproduction(int texts, int prompt, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(texts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(prompt, 8);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        (_texts, _prompt, _steps) = (texts, prompt, steps);
    }

    /// <inheritdoc/>
    public string Method => "lazyllm";

    /// <inheritdoc/>
    public string Summary => string.Create(CultureInfo.InvariantCulture,
        $"The first {_prompt} tokens of {_texts} texts are a prompt; the {_steps} tokens behind them are fed one by one. Measured: seconds until the prompt's logits are there, the loss of the tokens that follow, and how often the most probable token is that of the plain model.");

    /// <inheritdoc/>
    public Task<ReproductionReport> RunAsync(ReproductionContext context, IProgress<ReproductionProgress> progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(progress);
        return Task.Run(() => Run(context, progress, cancellation), cancellation);
    }

    private ReproductionReport Run(ReproductionContext context, IProgress<ReproductionProgress> progress, CancellationToken cancellation)
    {
        var texts = context.LongTexts(_texts, _prompt + _steps);
        var plain = new Variant(_prompt, "plain", "", "");
        List<Variant> variants = [plain];
        foreach (var (name, keep) in s_schedules) variants.AddRange(s_kinds.Select(kind => new Variant(_prompt, kind, name, keep)));
        using var pass = new Pass(new PassOptions { Pool = context.Pool });
        var (done, all) = (0, 1 + texts.Count * (variants.Count + variants.Count(v => v.IsTimed) * (Rounds - 1)));
        Measure(plain, texts[0].Ids, false); // pages the weights in and compiles; does not count
        plain.Clear();
        foreach (var (_, ids) in texts)
        {
            for (var round = 0; round < Rounds; round++)
            {
                foreach (var variant in variants)
                {
                    if (variant.IsTimed || round == Rounds - 1) Measure(variant, ids, round == Rounds - 1);
                }
            }
        }

        return Report(plain, variants);

        void Measure(Variant variant, int[] ids, bool follows)
        {
            progress.Report(new ReproductionProgress((double)done++ / all, variant.Label));
            using var sequence = context.Model.Language.NewSequence(SequenceOptions.Default with { Schedule = variant.Make(context.Seed) });
            var logits = Step(ids.AsSpan(0, _prompt), out var seconds);
            variant.Timed(seconds);
            if (!follows) return;
            variant.Prefilled(sequence.Schedule?.Counts, context.Model.Language.Stack.Blocks.Count);
            for (var i = 0; i <= _steps - 1; i++)
            {
                variant.Predicted(logits, ids[_prompt + i], plain);
                if (i < _steps - 1) logits = Step(ids.AsSpan(_prompt + i, 1), out _);
            }

            variant.Ended(sequence.Schedule?.Counts);

            ReadOnlySpan<float> Step(ReadOnlySpan<int> tokens, out double elapsed)
            {
                var watch = Stopwatch.StartNew();
                var rows = new RowBatch();
                rows.Add(sequence, tokens);
                var last = context.Model.Language.LastLogits(pass, context.Model.Language.Run(pass, rows, cancellation));
                elapsed = watch.Elapsed.TotalSeconds;
                return last.Span;
            }
        }
    }

    private ReproductionReport Report(Variant plain, IReadOnlyList<Variant> variants)
    {
        var rows = variants.Select(v => (IReadOnlyList<string>)
        [
            v.Label, Percent(v.PromptShare), v.IsTimed ? Number(v.Seconds, "F2") : "as lazy", v.IsTimed ? Number(plain.Seconds / v.Seconds, "F2") : "", Number(v.Loss, "F3"), Percent(v.Agreement),
            Percent(v.FirstAgreement), Percent(v.LastLayerShare),
        ]).ToList();
        string[] columns =
            ["schedule", "token-layers of the prompt", "seconds to first token", "times as fast", "loss (nats)", "same token as plain", "same first token", "prompt tokens that reached the last layer"];
        return new ReproductionReport
        {
            Claims = [Faster(plain, variants), Ranking(variants), Reached(variants)],
            Tables = [new ReportTable($"{_texts} texts, prompts of {_prompt} tokens, {_steps} tokens after each", columns, rows)],
            Charts =
            [
                new ReportChart("Time to the first token", "share of the prompt's token-layers (%)", "seconds", [new ChartSeries("LazyLLM", Points(["plain", "lazy"], v => v.Seconds))]),
                new ReportChart("Loss of the tokens after the prompt", "share of the prompt's token-layers (%)", "nats",
                    [.. s_kinds.Select(kind => new ChartSeries(kind, Points(["plain", kind], v => v.Loss)))]),
            ],
            Notes =
            [
                "The paper measures Llama 2 7B and XGen 7B on LongBench's tasks on a GPU; here a model of 135 million weights predicts texts, without questions.",
                $"Times are the fastest of {Rounds} runs of each prompt, the variants taking turns, averaged over texts. Random and static schedules do the same prefill work as LazyLLM.",
                $"The losses are of {_texts * _steps} tokens: differences of a few thousandths of a nat say nothing.",
                "The paper tunes layers and shares for each speed; the three schedules here were not tuned. The first token stays in all of them.",
            ],
        };

        List<(double X, double Y)> Points(string[] kinds, Func<Variant, double> figure) =>
            [.. variants.Where(v => kinds.Contains(v.Kind)).Select(v => (100 * v.PromptShare, figure(v))).OrderBy(p => p.Item1)];
    }

    private static ReproductionClaim Faster(Variant plain, IReadOnlyList<Variant> variants)
    {
        var half = variants.First(v => v.Kind == "lazy" && v.Amount == "half");
        var (speed, loss) = (plain.Seconds / half.Seconds, half.Loss - plain.Loss);
        // A tenth of a nat is about what separates neighbouring sizes of one family of models.
        var verdict = speed >= 1.8 && loss <= 0.02 ? Verdict.Reproduced : speed >= 1.2 && loss <= 0.1 ? Verdict.PartlyReproduced : Verdict.NotReproduced;
        return new ReproductionClaim(
            "The prefill of Llama 2 7B is 2.34 times as fast on multi-document question answering, with accuracy maintained.",
            $"With half of the token-layers left out the first token comes {Number(speed, "F2")} times as fast; the loss of the next tokens changes by {Number(loss, "+0.000;-0.000")} nats, {Percent(half.Agreement)} of the most probable tokens stay the same.",
            verdict);
    }

    private static ReproductionClaim Ranking(IReadOnlyList<Variant> variants)
    {
        var (holds, text) = (0, new List<string>());
        foreach (var (name, _) in s_schedules)
        {
            double Loss(string kind) => variants.First(v => v.Kind == kind && v.Amount == name).Loss;
            if (Loss("lazy") <= Loss("static") + 1e-3 && Loss("lazy") <= Loss("random") + 1e-3) holds++;
            text.Add($"{name} left out: LazyLLM {Number(Loss("lazy"), "F3")}, static {Number(Loss("static"), "F3")}, random {Number(Loss("random"), "F3")}");
        }

        return new ReproductionClaim(
            "At equal prefill work LazyLLM loses less than a choice made once, and both less than random pruning.",
            $"Loss in nats with {string.Join("; ", text)}.",
            holds == s_schedules.Length ? Verdict.Reproduced : holds > 0 ? Verdict.PartlyReproduced : Verdict.NotReproduced);
    }

    private ReproductionClaim Reached(IReadOnlyList<Variant> variants)
    {
        var half = variants.First(v => v.Kind == "lazy" && v.Amount == "half");
        return new ReproductionClaim(
            "Many prompt tokens are never computed by the last layers, so that the whole generation is computed less, not only its beginning.",
            $"With half of the token-layers left out, {Percent(half.LastLayerShare)} of the prompt's tokens had gone through the last layer after {_steps} tokens.",
            half.LastLayerShare < 0.9 ? Verdict.Reproduced : Verdict.NotReproduced);
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Percent(double share) => Number(100 * share, "F0") + " %";

    // One way to run the prompts, and what it gave.
    private sealed class Variant(int prompt, string kind, string amount, string keep)
    {
        private readonly List<double> _times = [];
        private readonly List<int> _best = []; // the most probable token at each position of each text
        private readonly List<bool> _same = [];
        private readonly List<bool> _sameFirst = [];
        private double _loss;
        private double _fastest = double.PositiveInfinity;
        private double _promptShare;
        private double _lastLayer;
        private bool _isFirst;

        public string Kind => kind;

        public string Amount => amount;

        public bool IsTimed => kind is "plain" or "lazy";

        public string Label => kind == "plain" ? kind : $"{kind}, {amount} left out";

        public double Seconds => _times.Average();

        public double Loss => _loss / _best.Count;

        public double Agreement => _same.Count(s => s) / (double)_same.Count;

        public double FirstAgreement => _sameFirst.Count(s => s) / (double)_sameFirst.Count;

        public double PromptShare => _promptShare / _times.Count;

        public double LastLayerShare => _lastLayer / _times.Count;

        public Func<LayerSchedule>? Make(ulong seed) => kind == "plain" ? null : () => new LazyTokenPruning(new LazyTokenPruningOptions
        {
            Keep = keep, MinTokens = 0, Static = kind == "static", Ranking = kind == "random" ? TokenRanking.Random : TokenRanking.Attention, Seed = seed,
        });

        public void Clear() => _fastest = double.PositiveInfinity;

        public void Timed(double seconds) => _fastest = Math.Min(_fastest, seconds);

        public void Prefilled(ScheduleCounts? counts, int layers)
        {
            _times.Add(_fastest);
            _fastest = double.PositiveInfinity;
            _promptShare += counts is null ? 1 : counts.TotalRows / ((double)prompt * layers);
            _isFirst = true;
        }

        public void Predicted(ReadOnlySpan<float> logits, int target, Variant plain)
        {
            var (best, sum) = (0, 0.0);
            for (var i = 1; i < logits.Length; i++) best = logits[i] > logits[best] ? i : best;
            foreach (var logit in logits) sum += Math.Exp(logit - logits[best]);
            _loss += Math.Log(sum) + logits[best] - logits[target];
            _best.Add(best);
            var same = plain._best[_best.Count - 1] == best;
            _same.Add(same);
            if (_isFirst) _sameFirst.Add(same);
            _isFirst = false;
        }

        public void Ended(ScheduleCounts? counts) =>
            _lastLayer += counts is null ? 1 : (counts.Rows[^1] - (counts.Tokens - prompt)) / (double)prompt;
    }
}
