using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Tessera.Tokenizers.Coding;
using Tessera.Tokenizers.EqualInfo;

namespace Tessera.Golden;

/// <summary>Equal-info windows: intervals, windows, frequencies, windows under a counted byte model, code length without windows, and tables.</summary>
internal sealed partial class EqualInfoReader : IGoldenReader
{
    private static readonly Tolerance s_real = new(1e-9); // what the file says of low, width and bits; all else is whole

    public bool Covers(GoldenFile file, GoldenCase @case) => file.Method == "equal-info-windows" && @case.Has("input") && @case.Has("expected");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        if (input.Has("train_hex")) Counted(input, expected, check);
        else if (input.Has("cells")) Table(input, expected, check);
        else if (input.Has("total")) Frequencies(input, expected, check);
        else if (input.Has("window_bits")) Windows(input, expected, check);
        else if (input.Has("text")) Interval(input, expected, check);
        else throw new NotCoveredException("a case of another form");
    }

    private static void Interval(GoldenValue input, GoldenValue expected, GoldenCheck check)
    {
        var (model, text) = Toy(input);
        var (coder, context) = (new WindowCoder(128), new List<byte>());
        var frequencies = new int[model.Symbols];
        foreach (var symbol in text)
        {
            model.Frequencies([.. context], frequencies);
            check.That(coder.TryTake(frequencies.AsSpan(0, symbol).ToArray().Sum(), frequencies[symbol]), "expected.low", "an interval", "none");
            context.Add(symbol);
        }

        check.Close(expected["low"], (double)coder.Low / Math.Pow(2, 128), s_real);
        check.Close(expected["width"], (double)(coder.Last - coder.Low + 1) / Math.Pow(2, 128), s_real);
        var (bits, code) = coder.Shortest();
        check.Equal(expected["bits"], bits);
        check.Equal(expected["code"], Binary(code, bits));
    }

    private static void Windows(GoldenValue input, GoldenValue expected, GoldenCheck check)
    {
        var (model, text) = Toy(input);
        Windows(EqualInfoWindows.OfWidth(model, input["window_bits"].AsInt()), text, expected, check, "text", part => new string([.. part.Select(s => ((Fixed)model).Alphabet[s])]));
    }

    private static void Windows(EqualInfoWindows windows, byte[] text, GoldenValue expected, GoldenCheck check, string part, Func<byte[], string> written)
    {
        var (cut, wanted) = (windows.Cut(text).ToList(), expected["windows"].Items.ToList());
        check.That(cut.Count == wanted.Count, "expected.windows", $"{wanted.Count} windows", $"{cut.Count}");
        foreach (var (window, want) in cut.Zip(wanted))
        {
            check.Equal(want[part], written(text[window.Start..(window.Start + window.Length)]));
            check.Equal(want["bits"], Binary(window.Code, windows.WindowBits));
            check.Equal(want["used"], window.UsedBits);
        }

        if (expected.Has("bytes_per_window")) check.Close(expected["bytes_per_window"], text.Length / (double)cut.Count, new Tolerance(1e-12));
    }

    private static void Frequencies(GoldenValue input, GoldenValue expected, GoldenCheck check)
    {
        check.That(input["total"].AsInt() == IntegerByteModel.Total, "input.total", IntegerByteModel.Total.ToString(CultureInfo.InvariantCulture), "another total");
        var model = new Fixed(new string('\0', 256), _ => input["probabilities"].AsDoubles());
        var frequencies = new int[256];
        model.Frequencies([], frequencies);
        check.SameIds(expected["frequencies"], frequencies);
    }

    private static void Counted(GoldenValue input, GoldenValue expected, GoldenCheck check)
    {
        var model = NGramByteModel.Train(Convert.FromHexString(input["train_hex"].AsString()), order: 1);
        var text = Convert.FromHexString(input["text_hex"].AsString());
        if (input.Has("window_bits"))
        {
            Windows(new EqualInfoWindows(model, input["window_bits"].AsInt(), 256), text, expected, check, "bytes_hex", Convert.ToHexStringLower);
            return;
        }

        var (bits, frequencies) = (0.0, new int[256]);
        for (var i = 0; i < text.Length; i++)
        {
            model.Frequencies(text.AsSpan(0, i), frequencies);
            bits -= Math.Log2(frequencies[text[i]] / (double)IntegerByteModel.Total);
        }

        check.Close(expected["bits"], bits, s_real);
    }

    private static void Table(GoldenValue input, GoldenValue expected, GoldenCheck check)
    {
        var (alphabet, description) = (input["alphabet"].AsString(), input["model"].AsString());
        var rows = List().Matches(description).Select(m => m.Groups[1].Value.Split(',').Select(p => double.Parse(p, CultureInfo.InvariantCulture)).ToArray()).ToList();
        Func<string, double[]> model = description switch
        {
            _ when description.StartsWith("always ", StringComparison.Ordinal) => _ => rows[0],
            _ when description.StartsWith("start ", StringComparison.Ordinal) => AfterLast(description, rows),
            _ when description.StartsWith("even number of symbols so far ", StringComparison.Ordinal) => context => rows[context.Length % 2],
            _ => throw new NotCoveredException($"a model described as '{description}'"),
        };
        var table = EqualInfoTable.Build(new Fixed(alphabet, model), input["cells"].AsInt());
        string Written(byte[] symbols) => new([.. symbols.Select(s => alphabet[s])]);
        check.SameStrings(expected["entries"], [.. Enumerable.Range(0, table.VocabularySize).Select(id => Written(table.TokenBytes(id)))]);
        var text = input["text"].AsString();
        var ids = table.Encode([.. text.Select(c => (byte)alphabet.IndexOf(c, StringComparison.Ordinal))]);
        check.SameIds(expected["ids"], ids);
        check.That(Written(table.Decode(ids)) == text, "input.text", text, "another text back");
    }

    // "start (…); after a (…); after b (…)"
    private static Func<string, double[]> AfterLast(string description, List<double[]> rows)
    {
        var after = After().Matches(description).Select((m, i) => (Symbol: m.Groups[1].Value[0], Row: rows[i + 1])).ToDictionary(static p => p.Symbol, static p => p.Row);
        return context => context.Length == 0 ? rows[0] : after[context[^1]];
    }

    private static (IntegerByteModel Model, byte[] Text) Toy(GoldenValue input)
    {
        var probabilities = input["probabilities"].Properties.Select(static p => (Symbol: p.Key[0], P: p.Value.AsDouble())).OrderBy(static p => p.Symbol).ToList();
        var alphabet = new string([.. probabilities.Select(static p => p.Symbol)]);
        return (new Fixed(alphabet, _ => [.. probabilities.Select(static p => p.P)]) { Exactly = true }, [.. input["text"].AsString().Select(c => (byte)alphabet.IndexOf(c, StringComparison.Ordinal))]);
    }

    private static string Binary(UInt128 code, int bits) => bits == 0 ? "" : code.ToString("b" + bits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\(([^)]*)\)")]
    private static partial Regex List();

    [GeneratedRegex(@"after (.) \(")]
    private static partial Regex After();

    /// <summary>Probabilities as a case states them.</summary>
    private sealed class Fixed(string alphabet, Func<string, double[]> probabilities) : IntegerByteModel
    {
        public string Alphabet => alphabet;

        /// <summary>Whether the probabilities are whole numbers of 2^−16 and are taken as they are.</summary>
        public bool Exactly { get; init; }

        internal override int Symbols => alphabet.Length;

        public override int ContextLength => int.MaxValue;

        public override void Weights(ReadOnlySpan<byte> context, Span<ulong> weights)
        {
            var written = new StringBuilder();
            foreach (var symbol in context) written.Append(alphabet[symbol]);
            var row = probabilities(written.ToString());
            for (var i = 0; i < row.Length; i++) weights[i] = (ulong)Math.Round(row[i] * MaxWeight);
        }

        public override void Frequencies(ReadOnlySpan<byte> context, Span<int> frequencies)
        {
            if (!Exactly)
            {
                base.Frequencies(context, frequencies);
                return;
            }

            var row = probabilities("");
            for (var i = 0; i < row.Length; i++) frequencies[i] = (int)(row[i] * Total);
        }
    }
}
