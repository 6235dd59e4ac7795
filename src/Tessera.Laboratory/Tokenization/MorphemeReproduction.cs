using System.Globalization;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Morphology;
using Tessera.Tokenizers.Training;

namespace Tessera.Laboratory;

/// <summary>Morpheme-aware BPE on a toy language that adds endings: how many borders of morphemes are borders of tokens, and what it costs.</summary>
public sealed class MorphemeReproduction : IReproduction
{
    private const int Stems = 200, Suffixes = 40, MostSuffixes = 3, WordsOfALine = 10, Size = 1_000;
    private const string Consonants = "bdgklmnrst", Vowels = "aeiou"; // few letters, so that endings look like parts of stems

    private readonly int _words;

    /// <summary>Creates the reproduction.</summary>
    /// <param name="words">Words to train on; a tenth of them more are measured. Default 50,000.</param>
    public MorphemeReproduction(int words = 50_000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(words, 1_000);
        _words = words;
    }

    /// <inheritdoc/>
    public string Method => "morpheme-bpe";

    /// <inheritdoc/>
    public string Summary => string.Create(CultureInfo.InvariantCulture,
        $"A toy language of {Stems} stems and {Suffixes} endings over fifteen letters, up to {MostSuffixes} endings a word, {_words:N0} words to train vocabularies of {Size:N0} on: plain, and cut at morphemes; the latter is used with its analyser and without. Measured on other words: which borders of morphemes are borders of tokens, and tokens a word.");

    /// <inheritdoc/>
    public Task<ReproductionReport> RunAsync(ReproductionContext context, IProgress<ReproductionProgress> progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(progress);
        return Task.Run(() => Measure(context.Seed, progress, cancellation), cancellation);
    }

    private ReproductionReport Measure(ulong seed, IProgress<ReproductionProgress> progress, CancellationToken cancellation)
    {
        var (stems, suffixes) = (Strings(seed, 0, Stems, [5, 6]), Strings(seed, 1, Suffixes, [2, 3]));
        var analyser = new LexiconAnalyser(stems.Select(static s => (s, (string?)"stem", 1.0)).Concat(suffixes.Select(static s => (s, (string?)"ending", 1.0))));
        var training = Lines(seed, 2, _words, stems, suffixes).Select(static l => l.Text).ToList();
        var test = Lines(seed, 3, _words / 10, stems, suffixes);
        progress.Report(new ReproductionProgress(0.2, "training"));
        var options = new BpeTrainerOptions { VocabularySize = Size };
        var plain = new BpeTrainer(options).Train(training, null, cancellation);
        var trainer = new MorphemeTrainer(options, analyser);
        var cut = trainer.Train(training, null, cancellation);
        var exact = new MorphemeTokenizer(cut, analyser, trainer.AnalyserIdentity);
        progress.Report(new ReproductionProgress(0.8, "measuring"));
        (string Name, Figures Figures)[] rows =
        [
            ("plain BPE", Score(test, t => plain.EncodeToTokens(t, EncodeOptions.PlainText))),
            ("morphemes, without the analyser", Score(test, t => cut.EncodeToTokens(t, EncodeOptions.PlainText))),
            ("morphemes, with the analyser", Score(test, exact.EncodeToTokens)),
        ];
        progress.Report(new ReproductionProgress(1, "done"));
        return Report(rows);
    }

    private static ReproductionReport Report((string Name, Figures Figures)[] rows)
    {
        static string Text(double value) => value.ToString("F3", CultureInfo.InvariantCulture);
        var (plain, alone, exact) = (rows[0].Figures, rows[1].Figures, rows[2].Figures);
        return new ReproductionReport
        {
            Claims =
            [
                new ReproductionClaim(
                    "Cutting at morphemes before training gives tokens that keep to morphemes, which helps tasks that tag or find them.",
                    $"F1 of borders {Text(exact.F1)} with the analyser, {Text(alone.F1)} without it, {Text(plain.F1)} for plain BPE.",
                    exact.F1 > alone.F1 && alone.F1 > plain.F1 + 0.02 ? Verdict.Reproduced : exact.F1 > plain.F1 ? Verdict.PartlyReproduced : Verdict.NotReproduced),
            ],
            Tables =
            [
                new ReportTable("Borders within words, and tokens a word", ["tokenizer", "precision", "recall", "F1", "tokens/word"],
                    [.. rows.Select(r => (IReadOnlyList<string>)[r.Name, Text(r.Figures.Precision), Text(r.Figures.Recall), Text(r.Figures.F1), Text(r.Figures.Fertility)])]),
            ],
            Notes =
            [
                "The tasks themselves need encoders that are trained, and are not part of this experiment.",
                "True borders are those that words were made with. The analyser may read a word in another way, where endings run together; with it, borders of its own reading are all kept.",
            ],
        };
    }

    private static Figures Score(List<(string Text, HashSet<int> Borders)> lines, Func<string, IReadOnlyList<EncodedToken>> encode)
    {
        int found = 0, made = 0, real = 0, tokens = 0, words = 0;
        foreach (var (text, borders) in lines)
        {
            var encoded = encode(text);
            tokens += encoded.Count;
            words += text.Count(static c => c == ' ') + 1;
            // Borders at blanks are everybody's.
            var cuts = encoded.Select(static t => t.Offset.Start.Value).Where(s => s > 0 && text[s] != ' ' && text[s - 1] != ' ').ToHashSet();
            made += cuts.Count;
            real += borders.Count;
            found += cuts.Count(borders.Contains);
        }

        return new Figures(made == 0 ? 0 : found / (double)made, real == 0 ? 0 : found / (double)real, tokens / (double)words);
    }

    private static List<(string Text, HashSet<int> Borders)> Lines(ulong seed, uint stream, int words, List<string> stems, List<string> suffixes)
    {
        var lines = new List<(string, HashSet<int>)>();
        uint drawn = 0;
        int Below(int bound) => new RandomKey(seed, stream, drawn++, RandomPurpose.Sample).Below(bound);
        for (var word = 0; word < words;)
        {
            var (text, borders) = (new System.Text.StringBuilder(), new HashSet<int>());
            for (var i = 0; i < WordsOfALine; i++, word++)
            {
                if (i > 0) text.Append(' ');
                text.Append(stems[Below(stems.Count)]);
                for (var s = Below(MostSuffixes + 1); s > 0; s--)
                {
                    borders.Add(text.Length);
                    text.Append(suffixes[Below(suffixes.Count)]);
                }
            }

            lines.Add((text.ToString(), borders));
        }

        return lines;
    }

    /// <summary>Different strings of consonants and vowels in turn, of one of the lengths.</summary>
    private static List<string> Strings(ulong seed, uint stream, int count, int[] lengths)
    {
        var strings = new List<string>();
        for (uint i = 0; strings.Count < count; i++)
        {
            var key = new RandomKey(seed, stream, i, RandomPurpose.Initialise);
            var length = lengths[key.Below(lengths.Length)];
            var text = string.Concat(Enumerable.Range(0, length).Select(p => (p % 2 == 0) == (length > 3 || key.Below(2, 1) == 0) ? Consonants[key.Below(Consonants.Length, (uint)p + 2)] : Vowels[key.Below(Vowels.Length, (uint)p + 2)]));
            if (!strings.Contains(text)) strings.Add(text);
        }

        return strings;
    }

    private sealed record Figures(double Precision, double Recall, double Fertility)
    {
        public double F1 => Precision + Recall == 0 ? 0 : 2 * Precision * Recall / (Precision + Recall);
    }
}
