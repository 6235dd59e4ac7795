using Tessera.Models.Hooks;

namespace Tessera.Golden;

/// <summary>Activations copied out of a pass, by point and layer (−1 outside the layers), and its logits.</summary>
internal sealed class Capture
{
    public Dictionary<(HookPoint Point, int Layer), float[]> Values { get; } = [];

    public float[] Logits { get; set; } = [];

    public float[] this[HookPoint point, int layer = -1] =>
        Values.TryGetValue((point, layer), out var values) ? values : throw new GoldenFormatException($"{point}, layer {layer}", "the model has no such point");
}
