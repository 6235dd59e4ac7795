using System.Globalization;
using System.Text;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Coding;
using Tessera.Tokenizers.EqualInfo;

namespace Tessera.Laboratory;

/// <summary>Equal-info windows: how many bytes a token of 16 bits holds, under byte models of rising order, beside the model's own vocabulary and a code without windows.</summary>
public sealed class EqualInfoReproduction : IReproduction
{
    private const int MostText = 1 << 22, LeastText = 100_000, Tested = 20_000;
    private const int MostOrder = 3;

    /// <inheritdoc/>
    public string Method => "equal-info-windows";

    /// <inheritdoc/>
    public string Summary =>
        $"Byte models of orders 0 to {MostOrder} are counted on the first 90 % of the texts (at most {MostText / (1 << 20)} MiB), and {Tested / 1000} kB of the rest are cut into windows of 16 bits, looked up in the table of 65,536 tokens, "
        + "and coded without windows. No model is trained on the tokens.";

    /// <inheritdoc/>
    public Task<ReproductionReport> RunAsync(ReproductionContext context, IProgress<ReproductionProgress> progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(progress);
        return Task.Run(() => Measure(context, progress, cancellation), cancellation);
    }

    private static ReproductionReport Measure(ReproductionContext context, IProgress<ReproductionProgress> progress, CancellationToken cancellation)
    {
        var text = Joined(context.Texts);
        var cut = text.Length * 9 / 10;
        var test = text.AsMemory(cut, Math.Min(Tested, text.Length - cut));
        var rows = new List<Figures>();
        for (var order = 0; order <= MostOrder; order++)
        {
            progress.Report(new ReproductionProgress(order / (MostOrder + 1.0), $"order {order}"));
            rows.Add(Measure(NGramByteModel.Train(text.AsSpan(0, cut), order, cancellation), test, cancellation));
        }

        var subword = test.Length / (double)context.Model.Text.Tokenizer.CountTokens(test.Span, EncodeOptions.PlainText);
        return Report(rows, subword, test.Length, cut);
    }

    private static Figures Measure(NGramByteModel model, ReadOnlyMemory<byte> test, CancellationToken cancellation)
    {
        var (bits, frequencies) = (0.0, new int[256]);
        for (var i = 0; i < test.Length; i++)
        {
            if (i % 1000 == 0) cancellation.ThrowIfCancellationRequested();
            model.Frequencies(test.Span[Math.Max(0, i - NGramByteModel.MaxOrder)..i], frequencies);
            bits -= Math.Log2(frequencies[test.Span[i]] / (double)IntegerByteModel.Total);
        }

        var windows = new EqualInfoWindows(model).Cut(test).Count();
        var table = EqualInfoTable.Build(model, cancellation: cancellation);
        return new Figures(bits / test.Length, test.Length / (double)windows, test.Length / (double)table.Encode(test.Span).Length, table.LongestToken);
    }

    private static byte[] Joined(IReadOnlyList<ReproductionText> texts)
    {
        var joined = new List<byte>();
        foreach (var text in texts)
        {
            joined.AddRange(Encoding.UTF8.GetBytes(text.Text));
            if (joined.Count >= MostText) break;
        }

        if (joined.Count < LeastText) throw new ArgumentException($"At least {LeastText:N0} bytes of text are needed; there are {joined.Count:N0}. Name files or folders with --texts.");
        return [.. joined.Take(MostText)];
    }

    private static ReproductionReport Report(List<Figures> rows, double subword, int tested, int counted)
    {
        var best = rows[^1];
        return new ReproductionReport
        {
            Claims =
            [
                new("Windows of 16 bits with 65,536 tokens hold more text than subwords: 5.31 bytes a token against 4.28 (SentencePiece with 32,000 tokens; a byte model of 3M weights).",
                    F($"{best.Window:F2} bytes a window and {best.Table:F2} a token of the table, against {subword:F2} of the model's own vocabulary."),
                    best.Window > subword ? Verdict.Reproduced : best.Table > subword ? Verdict.PartlyReproduced : Verdict.NotReproduced),
                new("Beginning anew with each window costs half of the compression: 5.31 bytes a token against 10.98 of arithmetic coding without resets.",
                    F($"{best.Window:F2} bytes in 16 bits against {16 / best.NoReset:F2} without resets."),
                    16 / best.NoReset > 1.2 * best.Window ? 16 / best.NoReset > 1.7 * best.Window ? Verdict.Reproduced : Verdict.PartlyReproduced : Verdict.NotReproduced),
            ],
            Tables =
            [
                new("By the order of the byte model", ["order", "no reset, bits a byte", "windows, bytes each", "windows, bits a byte", "table, bytes a token", "table, bits a byte", "longest token, bytes"],
                    [.. rows.Select(static (r, order) => (IReadOnlyList<string>)[F($"{order}"), F($"{r.NoReset:F3}"), F($"{r.Window:F3}"), F($"{16 / r.Window:F2}"), F($"{r.Table:F3}"), F($"{16 / r.Table:F2}"), F($"{r.Longest}")])]),
            ],
            Charts =
            [
                new("Bytes in 16 bits", "order of the byte model", "bytes",
                [
                    new("no resets", [.. rows.Select(static (r, i) => ((double)i, 16 / r.NoReset))]),
                    new("windows", [.. rows.Select(static (r, i) => ((double)i, r.Window))]),
                    new("table", [.. rows.Select(static (r, i) => ((double)i, r.Table))]),
                    new("the model's vocabulary", [.. rows.Select((_, i) => ((double)i, subword))]),
                ]),
            ],
            Notes =
            [
                F($"Counted on {counted:N0} bytes, tested on the {tested:N0} that follow. The paper's byte model is a transformer of 3M weights, trained on C4; here n-grams with Witten-Bell smoothing, of the same texts as the test, which helps them against a vocabulary made for all of English."),
                "Whether a model learns such tokens well is the paper's main question; it takes training and is not asked here.",
            ],
        };
    }

    private static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Figures(double NoReset, double Window, double Table, int Longest);
}
