using Tessera.Models;
using Tessera.Models.Hooks;

namespace Tessera.Golden;

/// <summary>
/// A decoder's forward pass: logits of all rows, and where the case has them the input of layer 0, each layer's output, the head's input,
/// and attention weights. A padded batch runs as two ragged sequences without padding.
/// </summary>
internal sealed class DecoderForwardReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case)
    {
        if (!@case.Has("expected") || !@case.Has("input") || !@case.Input.Has("input_ids") || @case.Input.Has("decoder_input_ids") || @case.Input.Has("labels")) return false;
        if (@case.Input.Has("max_new_tokens") || @case.Input.Has("vector") || @case.Input.Has("visible") || @case.Input.Has("pixel_values")) return false;
        if (@case.Expected.Find("logits") is not { IsTensorReference: true }) return false;
        return file.Method?.StartsWith("engine/", StringComparison.Ordinal) == true && GoldenModels.IsKnown(@case);
    }

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var file = @case.File;
        var model = GoldenModels.Language(@case);
        var sequences = ProbeRows.FromBatch(@case.Input, out var keptRows);
        var capture = DecoderProbe.Run(model, sequences, [HookPoint.Embed, HookPoint.ResidPost, HookPoint.FinalNorm], cancellationToken);
        var hidden = ModelChecks.Hidden(file);
        ModelChecks.WaiveRemarks(@case.Expected);
        foreach (var (key, expected) in @case.Expected.Properties)
        {
            var layer = ModelChecks.NumbersIn(key) is [var first, ..] ? first : -1;
            if (key == "logits") ModelChecks.Rows(check, expected, capture.Logits, keptRows, ModelChecks.Logits(file));
            else if (key == "embedding") ModelChecks.Rows(check, expected, capture[HookPoint.Embed], keptRows, hidden);
            else if (key == "final_norm") ModelChecks.Rows(check, expected, capture[HookPoint.FinalNorm], keptRows, hidden);
            else if (key.StartsWith("layer.", StringComparison.Ordinal)) ModelChecks.Rows(check, expected, capture[HookPoint.ResidPost, layer], keptRows, hidden);
            else if (key.StartsWith("attention.", StringComparison.Ordinal)) Attention(check, model, expected, layer, sequences, new Tolerance(file.Tolerance("attention")), cancellationToken);
        }
    }

    // [batch, heads, query, key] of full sequences.
    private static void Attention(GoldenCheck check, LanguageModel model, GoldenValue expected, int layer, List<ProbeRows> sequences, Tolerance tolerance, CancellationToken cancellation)
    {
        var actual = new List<float>();
        foreach (var sequence in sequences)
            actual.AddRange(DecoderProbe.AttentionWeights(model.Stack, layer, sequence.Ids.Length, hooks => DecoderProbe.Logits(model, [sequence], hooks, null, cancellation)));
        check.Tensor(expected, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(actual), tolerance);
    }
}
