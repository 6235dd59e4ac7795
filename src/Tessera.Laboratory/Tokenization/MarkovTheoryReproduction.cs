using System.Globalization;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Measures.Theory;
using Tessera.Tokenizers.Training;

namespace Tessera.Laboratory;

/// <summary>The theory of tokenization on switching sources: what a model without memory spends over symbols, blocks, LZW's and BPE's tokens.</summary>
public sealed class MarkovTheoryReproduction : IReproduction
{
    private const double SwitchProbability = 0.9;
    private static readonly int[] s_orders = [1, 2];
    private static readonly int[] s_sizes = [4, 16, 64, 256];

    private readonly int _training;
    private readonly int _test;

    /// <summary>Creates the reproduction.</summary>
    /// <param name="training">Symbols that dictionaries and probabilities are learnt from. Default 400,000.</param>
    /// <param name="test">Fresh symbols that losses are taken on. Default 200,000.</param>
    public MarkovTheoryReproduction(int training = 400_000, int test = 200_000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(training, 1_000);
        ArgumentOutOfRangeException.ThrowIfLessThan(test, 1_000);
        (_training, _test) = (training, test);
    }

    /// <inheritdoc/>
    public string Method => "theory-of-tokenization";

    /// <inheritdoc/>
    public string Summary => string.Create(CultureInfo.InvariantCulture,
        $"Sources of order 1 and 2 that switch with probability {SwitchProbability}: {_training:N0} symbols to learn dictionaries of 4 to 256 entries from (BPE, LZW) and to count their tokens, {_test:N0} fresh ones to measure on. No model is needed: a model without memory is a table of counts.");

    /// <inheritdoc/>
    public Task<ReproductionReport> RunAsync(ReproductionContext context, IProgress<ReproductionProgress> progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(progress);
        return Task.Run(() => Measure(context.Seed, progress, cancellation), cancellation);
    }

    private ReproductionReport Measure(ulong seed, IProgress<ReproductionProgress> progress, CancellationToken cancellation)
    {
        var rows = new List<Row>();
        for (var o = 0; o < s_orders.Length; o++)
        {
            var source = new SwitchingSource(s_orders[o], SwitchProbability);
            var (training, test) = (source.Draw(_training, seed, (uint)(2 * o)), source.Draw(_test, seed, (uint)(2 * o + 1)));
            foreach (var size in s_sizes)
            {
                cancellation.ThrowIfCancellationRequested();
                progress.Report(new ReproductionProgress(rows.Count / (double)(s_orders.Length * s_sizes.Length), $"order {source.Order}, {size} entries"));
                var lzw = GreedyDictionary.Lzw(training, size);
                rows.Add(new Row(source, size, Bpe(training, test, size, cancellation), Greedy(lzw, training, test), new GreedyLimit(lzw, source).UnigramLoss, BlockLoss(source, size)));
            }
        }

        progress.Report(new ReproductionProgress(1, "done"));
        return Report(rows);
    }

    private static UnigramLoss Bpe(string training, string test, int size, CancellationToken cancellation)
    {
        var trainer = new BpeTrainer(new BpeTrainerOptions { VocabularySize = size, Pipeline = TrainingPipeline.None, InitialAlphabet = ["0", "1"] });
        var tokenizer = trainer.Train([training], null, cancellation);
        return UnigramLoss.Of(Count(tokenizer, training), Count(tokenizer, test), test.Length);
    }

    private static long[] Count(Tokenizer tokenizer, string text)
    {
        var counts = new long[tokenizer.VocabularySize];
        foreach (var id in tokenizer.EncodeToIds(text, EncodeOptions.PlainText)) counts[id]++;
        return counts;
    }

    private static UnigramLoss Greedy(GreedyDictionary dictionary, string training, string test)
    {
        var (tested, unknown) = dictionary.Count(test);
        return UnigramLoss.Of(dictionary.Count(training).Counts, tested, test.Length, unknown);
    }

    /// <summary>All strings of one length that a dictionary of the size holds.</summary>
    private static double BlockLoss(SwitchingSource source, int size) => source.BlockLoss((int)Math.Log2(size));

    private static ReproductionReport Report(List<Row> rows)
    {
        static string Text(double value) => value.ToString("F3", CultureInfo.InvariantCulture);
        var entropy = rows[0].Source.EntropyRate;
        var second = rows.Single(r => r.Source.Order == 2 && r.Size == 64);
        var worst = rows.Where(r => r.Size == 256).Select(r => r.Lzw.BitsPerCharacter / (entropy / (1 - Slack(r)))).Max();
        return new ReproductionReport
        {
            Claims =
            [
                new ReproductionClaim(
                    "Without tokens the best that a model without memory can do on such a source is the entropy of a symbol alone, 1 bit; with tokens it comes close to the entropy rate.",
                    $"1 bit a symbol without; {Text(second.Bpe.BitsPerCharacter)} with a BPE of 64 entries at order 2, {Text(rows.Single(r => r.Source.Order == 1 && r.Size == 64).Bpe.BitsPerCharacter)} at order 1; the entropy rate is {Text(entropy)}.",
                    second.Bpe.BitsPerCharacter < 1.1 * entropy ? Verdict.Reproduced : second.Bpe.BitsPerCharacter < 0.8 ? Verdict.PartlyReproduced : Verdict.NotReproduced),
                new ReproductionClaim(
                    "With LZW's dictionary of d entries the loss is at most H / (1 − ε), ε = log(1/δ) / (0.99 log d).",
                    $"At 256 entries the loss is at most {100 * worst:F0} % of that bound.",
                    worst <= 1 ? Verdict.Reproduced : Verdict.NotReproduced),
                new ReproductionClaim(
                    "Learnt dictionaries beat all blocks of one length, which come near only at the rate 1/r and need 2^r entries.",
                    $"At 256 entries and order 2: blocks {Text(rows.Single(r => r.Source.Order == 2 && r.Size == 256).Blocks)}, LZW {Text(rows.Single(r => r.Source.Order == 2 && r.Size == 256).Lzw.BitsPerCharacter)}, BPE {Text(rows.Single(r => r.Source.Order == 2 && r.Size == 256).Bpe.BitsPerCharacter)}.",
                    rows.Where(r => r.Size == 256).All(static r => r.Bpe.BitsPerCharacter < r.Blocks && r.Lzw.BitsPerCharacter < r.Blocks) ? Verdict.Reproduced : Verdict.PartlyReproduced),
            ],
            Tables =
            [
                new ReportTable("Bits a symbol of a model without memory over tokens, on fresh symbols", ["order", "entries", "BPE", "symbols a token", "LZW", "LZW, exact limit", "blocks, closed form", "entropy rate"],
                    [.. rows.Select(r => (IReadOnlyList<string>)[r.Source.Order.ToString(CultureInfo.InvariantCulture), r.Size.ToString(CultureInfo.InvariantCulture), Text(r.Bpe.BitsPerCharacter), r.Bpe.CharactersPerToken.ToString("F1", CultureInfo.InvariantCulture), Text(r.Lzw.BitsPerCharacter), Text(r.Limit), Text(r.Blocks), Text(entropy)])]),
            ],
            Charts =
            [
                .. s_orders.Select(order => new ReportChart($"Order {order}: bits a symbol by the size of the dictionary", "log2 of the entries", "bits a symbol",
                [
                    new ChartSeries("BPE", Points(order, static r => r.Bpe.BitsPerCharacter)), new ChartSeries("LZW", Points(order, static r => r.Lzw.BitsPerCharacter)),
                    new ChartSeries("blocks", Points(order, static r => r.Blocks)), new ChartSeries("entropy rate", Points(order, _ => entropy)),
                ])),
            ],
            Notes = ["LZW's dictionary is still arbitrary where it is small, and spends more than a bit. The transformer of the paper, which learns with tokens and hardly without, is an experiment of training and not part of this one."],
        };

        IReadOnlyList<(double, double)> Points(int order, Func<Row, double> value) => [.. rows.Where(r => r.Source.Order == order).Select(r => (Math.Log2(r.Size), value(r)))];
    }

    private static double Slack(Row row) => Math.Log(1 / row.Source.Delta) / (0.99 * Math.Log(row.Size));

    private sealed record Row(SwitchingSource Source, int Size, UnigramLoss Bpe, UnigramLoss Lzw, double Limit, double Blocks);
}
