using Tessera.Generation;
using Tessera.Models;
using Tessera.Models.Passes;

namespace Tessera.Laboratory;

/// <summary>Locally typical sampling: how often its texts repeat themselves, and whether people's texts are as surprising as the model expects.</summary>
public sealed class TypicalSamplingReproduction : IReproduction
{
    private const int Prompt = 32;
    private const int Continuation = 128;
    private const int Texts = 16;

    /// <inheritdoc/>
    public string Method => "typical";

    /// <inheritdoc/>
    public string Summary =>
        $"{Texts} texts: {Prompt} tokens are continued by {Continuation} under each sampler. REP is the share of tokens that stood among the 16, 32 or 128 before, averaged; perplexity is the model's own; surprise less entropy says how far a text is from what the model expects.";

    /// <inheritdoc/>
    public async Task<ReproductionReport> RunAsync(ReproductionContext context, IProgress<ReproductionProgress> progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(progress);
        var texts = context.LongTexts(Texts, Prompt + Continuation);
        (string Name, SamplingOptions Sampling)[] samplers =
        [
            ("greedy", SamplingOptions.Greedy), ("temperature 1", new()), ("top-k 30", new() { TopK = 30 }), ("top-p 0.95", new() { TopP = .95 }),
            ("typical 0.2", new() { TypicalP = .2 }), ("typical 0.95", new() { TypicalP = .95 }),
        ];
        var figures = new Dictionary<string, Figures> { ["people"] = await PeopleAsync(context, texts, cancellation).ConfigureAwait(false) };
        for (var s = 0; s < samplers.Length; s++)
        {
            var (name, sampling) = samplers[s];
            var sum = new Figures();
            for (var t = 0; t < texts.Count; t++)
            {
                progress.Report(new((s * texts.Count + t + 1.0) / (samplers.Length * texts.Count + 1), name));
                using var session = context.Model.NewSession(new PassOptions { Pool = context.Pool });
                var options = new GenerationOptions { Sampling = sampling with { Seed = context.Seed }, SequenceIndex = (uint)t, MaxTokens = Continuation };
                var run = session.GenerateAsync(texts[t].Ids.AsSpan(0, Prompt), options, cancellation);
                await foreach (var step in run.ConfigureAwait(false)) sum.Add(run.Tokens, step.Raw);
            }

            figures[name] = sum;
        }

        return Report(figures);
    }

    private static async Task<Figures> PeopleAsync(ReproductionContext context, IReadOnlyList<(string Name, int[] Ids)> texts, CancellationToken cancellation)
    {
        var figures = new Figures();
        var decoder = new ModelDecoder(context.Model.Language, new PassOptions { Pool = context.Pool });
        foreach (var (_, ids) in texts)
        {
            using var sequence = decoder.NewSequence();
            var logits = await sequence.RunAsync(ids.AsMemory(0, Prompt), cancellation).ConfigureAwait(false);
            for (var at = Prompt; at < ids.Length; at++)
            {
                figures.Add(ids.AsSpan(0, at + 1), TokenStatistics.Compute(logits.Span, ids[at]));
                if (at + 1 < ids.Length) logits = await sequence.RunAsync(ids.AsMemory(at, 1), cancellation).ConfigureAwait(false);
            }
        }

        return figures;
    }

    private static ReproductionReport Report(Dictionary<string, Figures> figures)
    {
        var (people, typical, best, nucleus, topK, greedy) =
            (figures["people"], figures["typical 0.2"], figures["typical 0.95"], figures["top-p 0.95"], figures["top-k 30"], figures["greedy"]);
        var lower = typical.Repetition < Math.Min(nucleus.Repetition, topK.Repetition);
        return new ReproductionReport
        {
            Claims =
            [
                new("Typical sampling repeats itself consistently less than nucleus and top-k sampling (stories, GPT-2; summaries, BART).",
                    F($"REP {typical.Repetition:F3} with 0.2 and {best.Repetition:F3} with 0.95, against {nucleus.Repetition:F3} (top-p 0.95) and {topK.Repetition:F3} (top-k 30); people {people.Repetition:F3}."),
                    lower && best.Repetition < topK.Repetition ? Verdict.Reproduced : lower || best.Repetition < topK.Repetition ? Verdict.PartlyReproduced : Verdict.NotReproduced),
                new("What people write is about as surprising as the model expects: surprise less entropy lies near 0.",
                    F($"On average {people.Difference:+0.00;−0.00} nats, {people.Within:P0} of the tokens within 1 nat; greedy texts {greedy.Difference:+0.00;−0.00}."),
                    Math.Abs(people.Difference) < Math.Abs(greedy.Difference) ? Math.Abs(people.Difference) < .5 ? Verdict.Reproduced : Verdict.PartlyReproduced : Verdict.NotReproduced),
            ],
            Tables =
            [
                new("Texts by sampler", ["text", "REP", "perplexity", "surprise − entropy, nats", "within 1 nat"],
                    [.. figures.Select(f => (string[])[f.Key, F($"{f.Value.Repetition:F3}"), F($"{f.Value.Perplexity:F1}"), F($"{f.Value.Difference:F2}"), F($"{f.Value.Within:P0}")])]),
            ],
            Charts = [new("Surprise less entropy", "surprise − entropy, nats", "share of tokens", [Series("people", people), Series("greedy", greedy), Series("typical 0.2", typical)])],
            Notes = ["A small model and no human ratings: repetition, perplexity and surprise are measured, quality is not."],
        };

        static ChartSeries Series(string name, Figures figures) => new(name, figures.Histogram);
    }

    private static string F(FormattableString text) => FormattableString.Invariant(text);

    private sealed class Figures
    {
        private static readonly int[] s_windows = [16, 32, 128];
        private readonly int[] _bins = new int[24]; // half nats from −6 to 6
        private int _count;
        private double _repeated;
        private double _surprise;
        private double _difference;
        private int _within;

        public double Repetition => _repeated / _count;

        public double Perplexity => Math.Exp(_surprise / _count);

        public double Difference => _difference / _count;

        public double Within => (double)_within / _count;

        public IReadOnlyList<(double X, double Y)> Histogram => [.. _bins.Select((n, i) => (i / 2.0 - 5.75, (double)n / _count))];

        public void Add(ReadOnlySpan<int> text, TokenStatistics statistics)
        {
            var before = text[..^1];
            foreach (var window in s_windows)
                _repeated += before[^Math.Min(window, before.Length)..].Contains(text[^1]) ? 1.0 / s_windows.Length : 0;
            var difference = -statistics.LogProbability - statistics.Entropy;
            _surprise -= statistics.LogProbability;
            _difference += difference;
            _within += Math.Abs(difference) <= 1 ? 1 : 0;
            _bins[Math.Clamp((int)Math.Floor((difference + 6) * 2), 0, _bins.Length - 1)]++;
            _count++;
        }
    }
}
