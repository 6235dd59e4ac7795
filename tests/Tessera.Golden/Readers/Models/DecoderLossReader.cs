using Tessera.Models;
using Tessera.Tensors.Autodiff;

namespace Tessera.Golden;

/// <summary>
/// The mean cross-entropy of next-token labels, and where the case names a file of gradients, the gradient of every parameter. Padding to
/// the right is left out; labels[t] is predicted by row t − 1; −100 is no label.
/// </summary>
internal sealed class DecoderLossReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method?.StartsWith("engine/", StringComparison.Ordinal) == true && @case.Has("input") && @case.Input.Has("labels") && @case.Input.Has("input_ids")
        && !@case.Input.Has("decoder_input_ids") && @case.Expected.Has("loss") && !@case.Expected.Has("decoder_start_token_id") && GoldenModels.IsKnownFolder(file);

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var expected = @case.Expected;
        var withGradients = expected.Has("file");
        var model = GoldenModels.FromFolder<LanguageModel>(@case.File, @case.File.Folder, withGradients);
        ModelChecks.WaiveRemarks(expected);
        using var tape = withGradients ? new Tape() : null;
        if (withGradients) Gradients.Prepare(model);
        var (loss, tokens) = DecoderLoss.Run(model, @case.Input, tape, cancellationToken);
        check.Close(expected["loss"], loss, new Tolerance(@case.File.Tolerance("loss")));
        if (expected.Find("tokens") is { } count) check.Equal(count, tokens);
        if (withGradients) Gradients.Compare(check, model, expected, ModelChecks.Gradients(@case.File));
    }
}
