using Tessera.Models;
using Tessera.Models.Hooks;
using Tessera.Models.Modules;

namespace Tessera.Golden;

/// <summary>
/// Direct logit attribution (Elhage et al., 2021): how much the embedding, each head and each feed-forward add to a token's logit at one
/// position, the final norm's divisor held fixed. The parts are taken at the hook points and must add up to the engine's logit.
/// </summary>
internal sealed class LogitAttributionReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) => @case.Kind == "dla" && file.Root.Has("model") && @case.Input.Has("target") && @case.Expected.Has("headsByLayer");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var expected = @case.Expected;
        var tolerance = new Tolerance(@case.File.Tolerance("all"));
        var model = HookCases.Model(@case);
        var ids = @case.Input["ids"].AsInts();
        var (position, target) = (@case.Input["position"].AsInt(), @case.Input["target"].AsInt());
        var capture = DecoderProbe.Run(model, [new ProbeRows(ids)], [HookPoint.Embed, HookPoint.HeadOut, HookPoint.MlpOut, HookPoint.ResidPost], cancellationToken);
        var stack = model.Stack;
        var (width, layers) = (stack.Config.Width, stack.Blocks.Count);

        // The direction that the token's logit reads, behind the norm.
        var norm = stack.FinalNorm!;
        var row = new float[width];
        model.Head.Projection.Weight.Tensor.CopyRowTo(target, row);
        var direction = row.Zip(norm.Gain.Vector.ToArray(), (w, g) => (double)w * (g + norm.GainOffset)).ToArray();
        var last = capture[HookPoint.ResidPost, layers - 1].AsSpan(position * width, width).ToArray();
        var rms = Math.Sqrt(last.Sum(static v => (double)v * v) / width + norm.Epsilon);

        var embed = Part(capture[HookPoint.Embed].AsSpan(position * width, width));
        var (heads, mlps) = (new List<double>(), new List<double>());
        for (var layer = 0; layer < layers; layer++)
        {
            var attention = ((TransformerBlock)stack.Blocks[layer]).Attention;
            var inputs = attention.Heads * attention.HeadSize;
            var matrix = attention.Out.Weight.Tensor.ToArray(); // [width, heads · size]
            var z = capture[HookPoint.HeadOut, layer].AsSpan(position * inputs, inputs);
            for (var head = 0; head < attention.Heads; head++)
            {
                var added = new float[width];
                for (var o = 0; o < width; o++)
                {
                    var sum = 0.0;
                    for (var i = head * attention.HeadSize; i < (head + 1) * attention.HeadSize; i++) sum += (double)matrix[o * inputs + i] * z[i];
                    added[o] = (float)sum;
                }

                heads.Add(Part(added));
            }

            mlps.Add(Part(capture[HookPoint.MlpOut, layer].AsSpan(position * width, width)));
        }

        check.Close(expected["embed"], embed, tolerance);
        check.Tensor(expected["headsByLayer"], [.. heads], tolerance);
        check.Tensor(expected["mlpByLayer"], [.. mlps], tolerance);
        check.Close(expected["sum"], embed + heads.Sum() + mlps.Sum(), tolerance);
        check.Close(expected["logit"], capture.Logits[position * model.VocabularySize + target], tolerance);
        check.Close(expected["finalRms"], rms, tolerance);

        double Part(ReadOnlySpan<float> values)
        {
            var sum = 0.0;
            for (var i = 0; i < width; i++) sum += values[i] / rms * direction[i];
            return sum;
        }
    }
}
