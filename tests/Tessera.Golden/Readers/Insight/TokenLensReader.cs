using Tessera.Models;
using Tessera.Models.Hooks;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Golden;

/// <summary>
/// The token lens of a text on a real model in exact mode: what each layer's output says at some positions, and surprisal, rank, alternatives
/// and summary numbers of every token. The bytes of tokens have a reader of their own.
/// </summary>
internal sealed class TokenLensReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Kind == "lens" && file.Root.Has("model") && @case.Has("input") && @case.Input.Has("ids") && @case.Input.Has("text") && @case.Expected.Has("layerLens") && @case.Expected.Has("surprisalBits");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (file, expected) = (@case.File, @case.Expected);
        var model = GoldenModels.Real<LanguageModel>(file, file.Root["model"].AsString());
        var ids = @case.Input["ids"].AsInts();
        var tolerance = new Tolerance(file.Tolerance("logProb"));
        var hooks = new HookTable();
        var residuals = new Dictionary<int, float[]>();
        hooks.Read(HookPoint.ResidPost, (in HookContext context, ReadOnlySpan<float> values) => residuals[context.Layer] = values.ToArray());
        using var pass = DecoderProbe.NewPass(hooks);
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var rows = new RowBatch();
        rows.Add(sequence, ids);
        var logits = model.Head.Logits(pass, model.Run(pass, rows, cancellationToken)).Span.ToArray();
        var statistics = Enumerable.Range(0, ids.Length - 1).Select(i => TokenStatistics.Compute(Row(logits, i, model), ids[i + 1])).ToArray();

        Tokens(check, expected, statistics, tolerance);
        Alternatives(check, expected["top20"], logits, model, tolerance);
        Summary(check, expected["summary"], statistics, System.Text.Encoding.UTF8.GetByteCount(@case.Input["text"].AsString()), @case, tolerance);
        foreach (var cell in expected["layerLens"].Items) Cell(check, cell, model, ids, residuals, logits, cancellationToken);
    }

    private static void Tokens(GoldenCheck check, GoldenValue expected, TokenStatistics[] statistics, Tolerance tolerance)
    {
        var bits = expected["surprisalBits"].AsDoubles();
        check.That(bits.Length == statistics.Length, "expected.surprisalBits", $"{bits.Length} tokens", $"{statistics.Length}");
        for (var i = 0; i < bits.Length; i++) check.Close($"expected.surprisalBits[{i}]", bits[i], statistics[i].SurprisalBits, new Tolerance(tolerance.Absolute / Math.Log(2)));
        Ranks(check, "expected.rank", expected["rank"].AsInts(), [.. statistics.Select(static s => s.Rank)]);
    }

    // The file's rule: equal up to rank 100; behind it neighbours are closer than the tolerance.
    private static void Ranks(GoldenCheck check, string path, int[] expected, int[] actual)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            if (expected[i] <= 100) check.That(expected[i] == actual[i], $"{path}[{i}]", $"{expected[i]}", $"{actual[i]}");
            else check.Close($"{path}[{i}]", expected[i], actual[i], new Tolerance(0, 0.02)); // a rank in the thousands moves by a few places
        }
    }

    private static void Alternatives(GoldenCheck check, GoldenValue expected, float[] logits, LanguageModel model, Tolerance tolerance)
    {
        foreach (var entry in expected.Items)
        {
            var row = Row(logits, entry["predictingPosition"].AsInt(), model);
            var (tokens, logProbabilities) = (entry["tokens"].AsInts(), entry["logProbs"].AsDoubles());
            Top(check, entry.Path, tokens, logProbabilities, row, tolerance);
            var top = new TokenAlternative[tokens.Length];
            TokenStatistics.Compute(row, 0, top);
            check.Close(entry["tailMass"], 1 - top.Sum(static t => Math.Exp(t.LogProbability)), tolerance);
        }
    }

    // Own value of each expected token, and own values by rank: sets agree up to candidates closer than the tolerance.
    private static void Top(GoldenCheck check, string path, int[] tokens, double[] logProbabilities, ReadOnlySpan<float> row, Tolerance tolerance)
    {
        var top = new TokenAlternative[tokens.Length];
        var normaliser = TokenStatistics.Compute(row, 0, top).LogNormaliser;
        for (var r = 0; r < tokens.Length; r++)
        {
            check.Close($"{path}.tokens[{r}]", logProbabilities[r], row[tokens[r]] - normaliser, tolerance);
            check.Close($"{path}.logProbs[{r}]", logProbabilities[r], top[r].LogProbability, tolerance);
        }
    }

    private static void Summary(GoldenCheck check, GoldenValue expected, TokenStatistics[] statistics, int bytes, GoldenCase @case, Tolerance tolerance)
    {
        check.SameIds(expected["rankBands"], [Band(0, 10), Band(10, 100), Band(100, 1000), Band(1000, int.MaxValue)]);
        var mean = statistics.Average(static s => s.LogProbability);
        check.Close(expected["perplexity"], Math.Exp(-mean), new Tolerance(0, tolerance.Absolute)); // e to the mean: relative
        check.Close(expected["meanSurprisalBits"], -mean / Math.Log(2), tolerance);
        check.Close(expected["meanEntropy"], statistics.Average(static s => s.Entropy), tolerance);

        // The first token has no score: its bytes are not counted.
        var first = @case.Expected["bytesHex"].Element[0].GetString()!.Length / 2;
        check.Close(expected["bitsPerByteOfScoredTokens"], statistics.Sum(static s => s.SurprisalBits) / (bytes - first), tolerance);

        // Spans of at least three tokens whose probability is below 0.2; the statistics of row i are those of token i + 1.
        var spans = new List<int>();
        for (var i = 0; i < statistics.Length; i++)
        {
            var from = i;
            while (i < statistics.Length && statistics[i].LogProbability < Math.Log(0.2)) i++;
            if (i - from >= 3) spans.AddRange([from + 1, i]);
        }

        var wanted = expected["lowConfidenceSpans_firstInclusive_lastInclusive"].AsIntRows().SelectMany(static s => s);
        check.That(wanted.SequenceEqual(spans), "expected.summary.lowConfidenceSpans", string.Join(" ", wanted), string.Join(" ", spans));

        int Band(int above, int upTo) => statistics.Count(s => s.Rank > above && s.Rank <= upTo);
    }

    private static void Cell(GoldenCheck check, GoldenValue cell, LanguageModel model, int[] ids, Dictionary<int, float[]> residuals, float[] final, CancellationToken cancellation)
    {
        var file = cell.File;
        var tolerance = new Tolerance(file.Tolerance("logProb"));
        var (position, layer) = (cell["position"].AsInt(), cell["layer"].AsInt());
        var width = model.Stack.Config.Width;
        var residual = residuals[layer].AsSpan(position * width, width);
        var norm = 0.0;
        foreach (var value in residual) norm += (double)value * value;
        check.Close(cell["residNorm"], Math.Sqrt(norm), new Tolerance(0, 1e-4)); // as the forward passes' own file has it for norms

        var withNorm = LensRun.Head(model, residual, true, cancellation);
        var without = LensRun.Head(model, residual, false, cancellation);
        Top(check, $"{cell.Path}.top10", cell["top10"].AsInts(), cell["top10LogProb"].AsDoubles(), withNorm, tolerance);
        Top(check, $"{cell.Path}.top10WithoutNorm", cell["top10WithoutNorm"].AsInts(), cell["top10LogProbWithoutNorm"].AsDoubles(), without, tolerance);
        check.Close(cell["klFinalToLens"], LensRun.Divergence(Row(final, position, model), withNorm), new Tolerance(1e-6, file.Tolerance("klFinalToLens")));
        var watched = TokenStatistics.Compute(withNorm, cell["watchedToken"].AsInt());
        check.Close(cell["watchedLogProb"], watched.LogProbability, tolerance);
        Ranks(check, $"{cell.Path}.watchedRank", [cell["watchedRank"].AsInt()], [watched.Rank]);
        check.That(position + 1 >= ids.Length || cell["watchedToken"].AsInt() == ids[position + 1], cell["watchedToken"].Path, $"{cell["watchedToken"].AsInt()}", "another next token");
    }

    private static ReadOnlySpan<float> Row(float[] logits, int row, LanguageModel model) => logits.AsSpan(row * model.VocabularySize, model.VocabularySize);
}
