using Tessera.Models;
using Tessera.Models.Heads;
using Tessera.Models.Hooks;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Golden;

/// <summary>
/// An encoder's forward pass: the heads' logits, and where the case has them the input of layer 0, each layer's output and attention
/// weights. A padded batch runs as ragged sequences without padding, so that padding can't change a row.
/// </summary>
internal sealed class EncoderForwardReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method == "encoder-models" && @case.Has("input") && @case.Input.Has("input_ids") && !@case.Input.Has("labels") && GoldenModels.IsKnownFolder(file)
        && (@case.Expected.Find("logits") is { IsTensorReference: true } || @case.Expected.Find("prediction_logits") is { IsTensorReference: true });

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var file = @case.File;
        var model = GoldenModels.FromFolder<EncoderModel>(file, file.Folder, training: false);
        var sequences = ProbeRows.FromBatch(@case.Input, out var keptRows);
        var capture = new Capture();
        using var run = new EncoderRun(model, sequences, capture, null, cancellationToken);
        var (logits, hidden) = (ModelChecks.Logits(file), ModelChecks.Hidden(file));
        ModelChecks.WaiveRemarks(@case.Expected);
        foreach (var (key, expected) in @case.Expected.Properties)
        {
            var layer = ModelChecks.NumbersIn(key) is [var first, ..] ? first : -1;
            switch (key)
            {
                case "prediction_logits":
                    ModelChecks.Rows(check, expected, run.Masked(), keptRows, logits);
                    break;
                case "seq_relationship_logits":
                    check.Tensor(expected, run.NextSentence(), logits);
                    break;
                case "pooler_output":
                    check.Tensor(expected, run.Pooled(), hidden);
                    break;
                case "logits" when model.Heads.Classifier is { OfTokens: false }:
                    check.Tensor(expected, run.Classes(), logits);
                    break;
                case "logits":
                    ModelChecks.Rows(check, expected, model.Heads.Masked is not null ? run.Masked() : run.Classes(), keptRows, logits);
                    break;
                case "embedding":
                    ModelChecks.Rows(check, expected, capture[HookPoint.Embed], keptRows, hidden);
                    break;
                case "last_hidden_state":
                    ModelChecks.Rows(check, expected, run.Hidden, keptRows, hidden);
                    break;
                default:
                    if (key.StartsWith("layer.", StringComparison.Ordinal)) ModelChecks.Rows(check, expected, capture[HookPoint.ResidPost, layer], keptRows, hidden);
                    else if (key.StartsWith("attention.", StringComparison.Ordinal)) Attention(check, model, expected, layer, sequences, cancellationToken);
                    break;
            }
        }
    }

    private static void Attention(GoldenCheck check, EncoderModel model, GoldenValue expected, int layer, List<ProbeRows> sequences, CancellationToken cancellation)
    {
        var actual = new List<float>();
        foreach (var sequence in sequences)
        {
            actual.AddRange(DecoderProbe.AttentionWeights(model.Stack, layer, sequence.Ids.Length, hooks =>
            {
                using var run = new EncoderRun(model, [sequence], null, hooks, cancellation);
            }));
        }

        check.Tensor(expected, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(actual), new Tolerance(expected.File.Tolerance("attention")));
    }
}
