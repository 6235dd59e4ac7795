using Tessera.Evaluation.Statistics;
using Tessera.Models.Passes;

namespace Tessera.Laboratory;

/// <summary>Exact byte probabilities on words that are cut inside: how many are completed, against the prompt's tokens as they are and token healing.</summary>
public sealed class ExactByteReproduction : IReproduction
{
    private const double Share = 0.6;

    private readonly int _words;

    /// <summary>Creates the experiment.</summary>
    /// <param name="words">How many words to cut, at least 1. Default 500.</param>
    public ExactByteReproduction(int words = 500)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(words, 1);
        _words = words;
    }

    /// <inheritdoc/>
    public string Method => "exact-bytes";

    /// <inheritdoc/>
    public string Summary =>
        $"{_words} words of six letters and more, each behind some 80 characters of its text, cut after 60 % of their letters and completed greedily. A word counts if it comes out to the letter and ends there.";

    /// <inheritdoc/>
    public async Task<ReproductionReport> RunAsync(ReproductionContext context, IProgress<ReproductionProgress> progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(progress);
        var words = CutWord.Choose(context.Texts, _words, Share, context.Seed);
        using var completion = new WordCompletion(context.Model, new PassOptions { Pool = context.Pool });
        string[] ways = ["tokens only", "token healing", "exact, most probable cut", "exact, byte by byte"];
        var results = Array.ConvertAll(ways, _ => new List<CompletedWord>(words.Count));
        for (var i = 0; i < words.Count; i++)
        {
            if (i % 25 == 0) progress.Report(new((double)i / words.Count, $"word {i} of {words.Count}"));
            results[0].Add(await completion.TokensAsync(words[i], cancellation).ConfigureAwait(false));
            results[1].Add(await completion.HealedAsync(words[i], cancellation).ConfigureAwait(false));
            var (cut, bytes) = await completion.ExactAsync(words[i], cancellation).ConfigureAwait(false);
            results[2].Add(cut);
            results[3].Add(bytes);
        }

        return Report(ways, results);
    }

    private static ReproductionReport Report(string[] names, IReadOnlyList<CompletedWord>[] results)
    {
        var (tokens, healed, repaired, bytes) = (results[0], results[1], results[2], results[3]);
        var (lead, p) = (Rate(bytes) - Rate(tokens), PValue(bytes, tokens));
        var (ahead, ofHealing) = (Rate(bytes) - Rate(healed), PValue(bytes, healed));
        var calls = (double)bytes.Sum(static w => w.Calls) / bytes.Sum(static w => w.Bytes);
        return new ReproductionReport
        {
            Claims =
            [
                new("Prompts that end inside a token: the byte-level law completes where the tokens alone fail (code infilling, 18 % better than the token baseline).",
                    F($"{Rate(bytes):P1} of the words byte by byte and {Rate(repaired):P1} from the most probable cut, against {Rate(tokens):P1} from the tokens as they are: {100 * lead:F1} points (McNemar p = {p:G2})."),
                    lead >= .3 && p < .01 ? Verdict.Reproduced : lead > 0 && p < .01 ? Verdict.PartlyReproduced : Verdict.NotReproduced),
                new("It is better than token healing.",
                    F($"{Rate(bytes):P1} against {Rate(healed):P1} (McNemar p = {ofHealing:G2})."),
                    ahead > 0 && ofHealing < .01 ? Verdict.Reproduced : ahead < 0 && ofHealing < .01 ? Verdict.NotReproduced : Verdict.Inconclusive),
                new("A byte costs one run of the model for one token.",
                    F($"{calls:F2} runs a byte; the ways of cutting a prompt take {bytes.Average(static w => w.PromptCalls):F2} runs, all its tokens included."),
                    calls <= 1.1 ? Verdict.Reproduced : calls <= 2 ? Verdict.PartlyReproduced : Verdict.NotReproduced),
            ],
            Tables =
            [
                new("Completed words", ["way", "completed", "right alone against tokens only", "wrong alone", "p", "runs for the prompt's end", "runs a byte of the answer"],
                    [.. results.Select((r, i) => (string[])[names[i], F($"{Rate(r):P1}"), F($"{Alone(r, tokens)}"), F($"{Alone(tokens, r)}"), F($"{PValue(r, tokens):G2}"),
                        F($"{r.Average(static w => w.PromptCalls):F2}"), F($"{(double)r.Sum(static w => w.Calls) / Math.Max(1, r.Sum(static w => w.Bytes)):F2}")])]),
            ],
            Charts = [new("Completed words", "way", "share of words", [new ChartSeries("completed", [.. results.Select((r, i) => ((double)i, Rate(r)))])]) { Categories = names }],
            Notes =
            [
                "Where the letters that are shown happen to end with a token, the tokens alone have nothing to lose: they complete those words.",
                "The runs of the first three ways bring a token each, and one of them reads the prompt.",
            ],
        };
    }

    private static double Rate(IReadOnlyList<CompletedWord> words) => words.Count(static w => w.Right) / (double)words.Count;

    private static int Alone(IReadOnlyList<CompletedWord> first, IReadOnlyList<CompletedWord> second) => first.Zip(second).Count(static p => p.First.Right && !p.Second.Right);

    private static double PValue(IReadOnlyList<CompletedWord> first, IReadOnlyList<CompletedWord> second) => McNemar.PValue(Alone(first, second), Alone(second, first));

    private static string F(FormattableString text) => FormattableString.Invariant(text);
}
