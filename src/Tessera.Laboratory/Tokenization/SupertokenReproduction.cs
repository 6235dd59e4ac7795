using System.Globalization;
using System.Text;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Measures.Composition;
using Tessera.Tokenizers.Training;
using Tessera.Tokenizers.Training.Supertokens;

namespace Tessera.Laboratory;

/// <summary>Supertokens against BPE on words, at equal sizes of the vocabulary: bytes a token of held-out text.</summary>
public sealed class SupertokenReproduction : IReproduction
{
    private readonly int _characters;
    private readonly int[] _sizes;

    /// <summary>Creates the reproduction.</summary>
    /// <param name="characters">Characters to train on, at most. Default 3,000,000.</param>
    /// <param name="largest">The larger of the two vocabularies; the smaller is half of it. Default 16,000.</param>
    public SupertokenReproduction(int characters = 3_000_000, int largest = 16_000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(characters, 1_000);
        ArgumentOutOfRangeException.ThrowIfLessThan(largest, 600);
        (_characters, _sizes) = (characters, [largest / 2, largest]);
    }

    /// <inheritdoc/>
    public string Method => "supertokens";

    /// <inheritdoc/>
    public string Summary => string.Create(CultureInfo.InvariantCulture,
        $"Up to {_characters:N0} characters train two byte-level BPEs of {_sizes[0]:N0} and {_sizes[1]:N0} tokens each: on words (GPT-2's pattern) and on chunks of random length (the paper's table). Bytes a token are taken on the ends of the texts, which neither has seen.");

    /// <inheritdoc/>
    public Task<ReproductionReport> RunAsync(ReproductionContext context, IProgress<ReproductionProgress> progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(progress);
        return Task.Run(() => Measure(context, progress, cancellation), cancellation);
    }

    private ReproductionReport Measure(ReproductionContext context, IProgress<ReproductionProgress> progress, CancellationToken cancellation)
    {
        var (training, test) = TokenizerTexts.Split(context.Texts, _characters);
        var rows = new List<(int Size, double Words, double Super, double Multiple, int Longest)>();
        foreach (var size in _sizes)
        {
            progress.Report(new ReproductionProgress(rows.Count / (double)_sizes.Length, $"{size:N0} tokens"));
            var options = new BpeTrainerOptions { VocabularySize = size, MinFrequency = 2 };
            var words = new BpeTrainer(options).Train(training, null, cancellation);
            var super = new SupertokenTrainer(options, new StochasticChunker(seed: context.Seed)).Train(training, null, cancellation);
            var texts = VocabularyEntry.Of(super).Where(static e => e.Text is not null).Select(static e => e.Text!).ToList();
            rows.Add((size, BytesPerToken(words, test, cancellation), BytesPerToken(super, test, cancellation), 100.0 * texts.Count(static t => t.Trim().Contains(' ', StringComparison.Ordinal)) / super.VocabularySize, texts.Max(static t => Encoding.UTF8.GetByteCount(t))));
        }

        progress.Report(new ReproductionProgress(1, "done"));
        static string Text(double value, int decimals = 2) => value.ToString("F" + decimals, CultureInfo.InvariantCulture);
        var gains = rows.Select(static r => 100 * (r.Super / r.Words - 1)).ToList();
        return new ReproductionReport
        {
            Claims =
            [
                new ReproductionClaim(
                    "Tokens of several words, learnt on chunks of random length, shorten texts: by 15 to 40 % more bytes a token at an equal size of the vocabulary (expected on stories).",
                    $"{Text(rows[0].Super)} against {Text(rows[0].Words)} bytes a token at {rows[0].Size:N0} ({Text(gains[0], 1)} % more), {Text(rows[1].Super)} against {Text(rows[1].Words)} at {rows[1].Size:N0} ({Text(gains[1], 1)} % more).",
                    gains.All(static g => g >= 15) ? Verdict.Reproduced : gains.All(static g => g > 0) ? Verdict.PartlyReproduced : Verdict.NotReproduced),
            ],
            Tables =
            [
                new ReportTable("Bytes a token of held-out text", ["tokens", "on words", "on chunks", "more, %", "tokens of several words, %", "longest token, bytes"],
                    [.. rows.Select((r, i) => (IReadOnlyList<string>)[r.Size.ToString("N0", CultureInfo.InvariantCulture), Text(r.Words), Text(r.Super), Text(gains[i], 1), Text(r.Multiple, 1), r.Longest.ToString(CultureInfo.InvariantCulture)])]),
            ],
            Notes = ["The paper reports what supertokens do to a model's perplexity after a change of vocabulary; here only texts are measured. Training and test are parts of the same texts."],
        };
    }

    private static double BytesPerToken(Tokenizer tokenizer, List<string> texts, CancellationToken cancellation) =>
        texts.Sum(static t => (double)Encoding.UTF8.GetByteCount(t)) / texts.Sum(t =>
        {
            cancellation.ThrowIfCancellationRequested();
            return (double)tokenizer.CountTokens(t, EncodeOptions.PlainText);
        });
}
