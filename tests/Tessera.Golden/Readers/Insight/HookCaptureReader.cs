using Tessera.Models;
using Tessera.Models.Hooks;

namespace Tessera.Golden;

/// <summary>
/// Every hook point of every layer: <c>cache.{layer}.{point}</c>, <c>cache.Embed</c>, <c>cache.FinalNorm</c>, <c>cache.Logits</c>. Norms are
/// stored before their gain, scores with a value that stands for −∞ where a key is masked.
/// </summary>
internal sealed class HookCaptureReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Kind == "capture" && file.Root.Has("model") && @case.Has("expected") && @case.Expected.Has("points") && @case.Expected.Has("tensors");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var expected = @case.Expected;
        var tolerance = new Tolerance(@case.File.Tolerance("all"));
        var model = HookCases.Model(@case);
        var ids = @case.Input["ids"].AsInts();
        var tensors = GoldenTensors.Open(expected["tensors"].AsFilePath());
        var masked = expected["maskedScoreValue"].AsDouble();
        var normsHaveGain = expected["normalizedIsAfterNormWeight"].AsBool();
        expected["keys"].Waive("prose: how the tensors are named");
        expected.Find("normNote")?.Waive("prose");

        // Scores and patterns are no points of the engine: they are read out of its attention below.
        var points = expected["points"].AsStrings();
        var hooked = points.Where(static p => Enum.TryParse<HookPoint>(p, out _)).Select(static p => Enum.Parse<HookPoint>(p!));
        var capture = DecoderProbe.Run(model, [new ProbeRows(ids)], [HookPoint.Embed, HookPoint.FinalNorm, .. hooked], cancellationToken);
        check.Tensor("cache.Embed", tensors["cache.Embed"], capture[HookPoint.Embed], tolerance);
        check.Tensor("cache.Logits", tensors["cache.Logits"], capture.Logits, tolerance);
        Norm("cache.FinalNorm", capture[HookPoint.FinalNorm], model.Stack.FinalNorm?.Gain.Vector.ToArray());
        for (var layer = 0; layer < model.Stack.Blocks.Count; layer++)
        {
            var block = (Tessera.Models.Modules.TransformerBlock)model.Stack.Blocks[layer];
            var weights = DecoderProbe.AttentionWeights(model.Stack, layer, ids.Length, hooks => DecoderProbe.Logits(model, [new ProbeRows(ids)], hooks, null, cancellationToken));
            foreach (var point in points)
            {
                var key = $"cache.{layer}.{point}";
                if (point == "Pattern") check.Tensor(key, tensors[key], weights, tolerance);
                else if (point == "Scores") check.Tensor(key, tensors[key], Scores(capture, block.Attention, layer, ids.Length, masked), tolerance);
                else if (point == "AttnNorm") Norm(key, capture[HookPoint.AttnNorm, layer], block.AttentionNorm?.Gain.Vector.ToArray());
                else if (point == "MlpNorm") Norm(key, capture[HookPoint.MlpNorm, layer], block.FeedForwardNorm?.Gain.Vector.ToArray());
                else check.Tensor(key, tensors[key], capture[Enum.Parse<HookPoint>(point!), layer], tolerance);
            }
        }

        // The engine's norms are behind their gain: the expected vector is multiplied by it.
        void Norm(string key, float[] actual, float[]? gain)
        {
            var wanted = tensors[key];
            var values = wanted.Values.ToArray();
            if (!normsHaveGain && gain is not null)
            {
                for (var i = 0; i < values.Length; i++) values[i] *= gain[i % gain.Length];
            }

            check.Tensor(key, GoldenTensor.FromNumbers(key, wanted.Shape, [.. values]), actual, tolerance);
        }
    }

    // q·k/√d of the rotated rows, [heads, rows, rows].
    private static double[] Scores(Capture capture, Tessera.Models.Modules.AttentionWeights attention, int layer, int rows, double masked)
    {
        var (q, k) = (capture[HookPoint.QRot, layer], capture[HookPoint.KRot, layer]);
        var (heads, kvHeads, size) = (attention.Heads, attention.KvHeads, attention.HeadSize);
        var scores = new double[heads * rows * rows];
        for (var head = 0; head < heads; head++)
        {
            for (var query = 0; query < rows; query++)
            {
                for (var key = 0; key < rows; key++)
                {
                    var dot = 0.0;
                    for (var i = 0; i < size; i++) dot += (double)q[(query * heads + head) * size + i] * k[(key * kvHeads + head * kvHeads / heads) * size + i];
                    scores[(head * rows + query) * rows + key] = key <= query ? dot / Math.Sqrt(size) : masked;
                }
            }
        }

        return scores;
    }
}
