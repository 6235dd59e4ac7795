using Tessera.Context.Schedules;
using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Autodiff;

namespace Tessera.Golden;

/// <summary>LeMo: informativeness of tokens and blocks from raw scores, and a training step in which each layer runs its own tokens.</summary>
internal sealed class ContextualTokenSparsityReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && (@case.Input.Has("raw_scores") && @case.Input.Has("block") || @case.Input.Has("sets") && @case.Expected.Has("rows_computed"));

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        if (@case.Input.Has("raw_scores")) CheckScores(@case, check);
        else CheckStep(@case, check, cancellationToken);
    }

    private static void CheckScores(GoldenCase @case, GoldenCheck check)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        var tolerance = new Tolerance(@case.File.Tolerance("scores"));
        var merged = TokenInformativeness.Merge([.. input["raw_scores"].Items.Select(head => head.Items.Select(row => row.AsDoubles()).ToArray())]);
        var maxima = TokenInformativeness.BlockMaxima(merged, input["block"].AsInt());
        var scores = TokenInformativeness.OfBlocks(maxima);
        for (var row = 0; row < merged.Length; row++) check.Tensor(expected["merged"][row], merged[row], tolerance);
        check.Tensor(expected["token_scores"], TokenInformativeness.OfTokens(merged), tolerance);
        for (var block = 0; block < maxima.Length; block++) check.Tensor(expected["block_max"][block], maxima[block], tolerance);
        check.Tensor(expected["block_scores"], scores, tolerance);
        check.Close(expected["mean"], scores.Average(), tolerance);
        check.Tensor(expected["normalised_by_visible_blocks"], TokenInformativeness.OfBlocks(maxima, perVisibleBlock: true), tolerance);
        var threshold = input["threshold"].AsDouble();
        check.SameIds(expected["kept_blocks"], TokenInformativeness.Above(scores, threshold, keepEnds: false));
        check.SameIds(expected["kept_with_first_and_last"], TokenInformativeness.Above(scores, threshold, keepEnds: true));
    }

    private static void CheckStep(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (file, input, expected) = (@case.File, @case.Input, @case.Expected);
        using var model = GoldenModels.ForTraining<LanguageModel>(file, GoldenModels.NamedFolder(file, input["model"].AsString()));
        Gradients.Prepare(model);
        var ids = input["ids"].AsInts();
        var wanted = input.Find("loss_mask") is { IsNull: false } mask ? mask.Items.Select(m => m.AsBool()).ToArray() : null;
        var schedule = ContextualTokenSparsity.ByLayer(input["sets"].AsIntRows());
        using var sequence = model.NewSequence(SequenceOptions.Exact with { Schedule = () => schedule });
        using var tape = new Tape();
        using var pass = new Pass(new PassOptions { Tape = tape });
        var rows = new RowBatch();
        rows.Add(sequence, ids);
        var hidden = model.Run(pass, rows, cancellationToken);
        check.Tensor(expected["logits_last_two"], model.Logits(pass, hidden, [ids.Length - 2, ids.Length - 1]).Span, new Tolerance(file.Tolerance("logits")));
        int[] sources = [.. Enumerable.Range(0, ids.Length - 1).Where(i => wanted is null || wanted[i + 1])];
        var weights = Enumerable.Repeat(1f / sources.Length, sources.Length).ToArray();
        var loss = pass.CrossEntropy(pass.Select(hidden, sources), model.Head, sources.Select(i => ids[i + 1]).ToArray(), weights);
        tape.Backward(loss);
        check.Close(expected["loss"], loss.Span[0], new Tolerance(file.Tolerance("loss")));
        check.Equal(expected["rows_computed"], schedule.Counts.TotalRows);
        CheckGradients(model, expected, check, new Tolerance(file.Tolerance("gradients")));
    }

    private static void CheckGradients(LanguageModel model, GoldenValue expected, GoldenCheck check, Tolerance tolerance)
    {
        foreach (var (name, norm) in expected["gradient_norms"].Properties)
        {
            var squares = 0.0;
            foreach (var value in model.Parameters[name].Gradient) squares += (double)value * value;
            check.Close(norm, Math.Sqrt(squares), tolerance);
        }

        foreach (var (name, gradient) in expected["gradients"].Properties) check.Tensor(gradient, model.Parameters[name].Gradient, tolerance);
        var (embedding, width) = (model.Stack.Embedding, model.Stack.Config.Width);
        foreach (var (id, row) in expected["embedding_gradient_rows"].Properties)
            check.Tensor(row, embedding.Gradient.Slice(int.Parse(id, System.Globalization.CultureInfo.InvariantCulture) * width, width), tolerance);
    }
}
