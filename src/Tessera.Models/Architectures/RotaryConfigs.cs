using Tessera.Models.Files;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Architectures;

/// <summary>
/// Reads a rotation from config.json in both layouts: transformers 4 (<c>rope_theta</c> and <c>rope_scaling</c> at the top) and
/// transformers 5 (<c>rope_parameters</c>, for some models one entry per layer type).
/// </summary>
internal static class RotaryConfigs
{
    public static RotarySettings Read(ConfigReader config, int headSize, int maxPositions, string? layerType, double defaultTheta)
    {
        var parameters = config.Object("rope_parameters");
        if (layerType is not null && parameters?.Object(layerType) is { } own) parameters = own;
        var scaling = parameters ?? config.Object("rope_scaling");
        // The local layers of a model with two bases are never scaled, and rope_theta is the global ones'.
        if (layerType == "sliding_attention" && parameters is null) scaling = null;

        var theta = parameters is not null ? parameters.Double("rope_theta", defaultTheta)
            : layerType == "sliding_attention" ? defaultTheta
            : config.Double("rope_theta", defaultTheta);
        if (!(theta > 0) || !double.IsFinite(theta)) throw config.Error("rope_theta", $"{theta} is no base of a rotation; it must be positive");
        var share = (parameters ?? config).Double("partial_rotary_factor", config.Double("partial_rotary_factor", 1));
        if (share is not (> 0 and <= 1)) throw config.Error("partial_rotary_factor", $"{share} is outside (0, 1]");
        var size = (int)(headSize * share);
        if (size % 2 != 0) throw config.Error("head_dim", $"{size} rotated floats can't be paired; the number must be even");

        var kind = scaling?.String("rope_type", scaling.String("type", "default")) ?? "default";
        var settings = new RotarySettings
        {
            Theta = theta, RotatedSize = size, MaxPositions = maxPositions,
            Scaling = kind switch
            {
                "default" => RotaryScaling.Default,
                "linear" => RotaryScaling.Linear,
                "dynamic" => RotaryScaling.Dynamic,
                "yarn" => RotaryScaling.Yarn,
                "llama3" => RotaryScaling.Llama3,
                "longrope" => RotaryScaling.LongRope,
                _ => throw new UnsupportedFeatureException(config.File, $"rope_type \"{kind}\""),
            },
        };
        return scaling is null || settings.Scaling == RotaryScaling.Default ? settings : Scaled(config, scaling, settings);
    }

    private static RotarySettings Scaled(ConfigReader config, ConfigReader scaling, RotarySettings settings)
    {
        double Positive(string name, double absent)
        {
            var value = scaling.Double(name, absent);
            return value > 0 && double.IsFinite(value) ? value : throw scaling.Error(name, $"{value} must be positive");
        }

        var original = scaling.Int("original_max_position_embeddings", config.Int("original_max_position_embeddings", settings.MaxPositions, 1, int.MaxValue), 1, int.MaxValue);
        settings = settings with
        {
            Factor = Positive("factor", settings.Scaling == RotaryScaling.LongRope ? settings.MaxPositions / (double)original : 1),
            OriginalMaxPositions = original,
            LowFrequencyFactor = Positive("low_freq_factor", 1),
            HighFrequencyFactor = Positive("high_freq_factor", 4),
            BetaFast = Positive("beta_fast", 32),
            BetaSlow = Positive("beta_slow", 1),
            Truncate = scaling.Bool("truncate", true),
            MScale = scaling.Double("mscale", 0),
            MScaleAllDimensions = scaling.Double("mscale_all_dim", 0),
            AttentionFactor = scaling.Has("attention_factor") ? scaling.Double("attention_factor", 1) : null,
        };
        if (settings.Scaling != RotaryScaling.LongRope) return settings;
        var half = settings.RotatedSize / 2;
        return settings with
        {
            ShortFactors = scaling.DoubleList("short_factor", half) ?? throw scaling.Error("short_factor", "is missing"),
            LongFactors = scaling.DoubleList("long_factor", half) ?? throw scaling.Error("long_factor", "is missing"),
        };
    }
}
