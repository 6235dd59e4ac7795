using System.Text.Json;
using Tessera.Tensors.Kernels;

namespace Tessera.Golden;

/// <summary>Rotary frequencies, attention factor, cosines and sines of every scaling; two files name their keys differently.</summary>
internal sealed unsafe class RotaryReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && @case.Input.Has("head_dim") && @case.Input.Has("rope_parameters")
        && (@case.Expected.Has("inv_freq") || @case.Expected.Has("inverse_frequencies"));

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected, file) = (@case.Input, @case.Expected, @case.File);
        var settings = Settings(input);
        var length = input.Find("sequence_length") is { Kind: JsonValueKind.Number } number ? number.AsInt() : 0;
        var frequencies = settings.InverseFrequencies(length);
        check.Tensor(
            Either(expected, "inv_freq", "inverse_frequencies"),
            frequencies,
            new Tolerance(0, file.FindTolerance("inv_freq") ?? file.Tolerance("inverse_frequencies relative")));
        check.Close(
            Either(expected, "attention_factor", "attention_scaling"),
            settings.ResolvedAttentionFactor,
            new Tolerance(file.FindTolerance("attention_factor") ?? file.Tolerance("attention_scaling")));

        var positions = (expected.Find("positions") ?? input["positions"]).AsInts();
        var table = new RotaryTable(settings, length);
        table.Reach(positions.Max());
        var (cosines, sines) = (new List<float>(), new List<float>());
        foreach (var position in positions)
        {
            // Rotating (1, 0) shows the cosine in the first half and the sine in the second.
            var row = new float[2 * frequencies.Length];
            row.AsSpan(0, frequencies.Length).Fill(1f);
            fixed (float* pointer = row) table.Rotate(pointer, 1, row.Length, position);
            cosines.AddRange(row[..frequencies.Length]);
            sines.AddRange(row[frequencies.Length..]);
        }

        var angles = new Tolerance(file.FindTolerance("cos, sin") ?? file.Tolerance("cos"));
        check.Tensor(expected["cos"], cosines.ToArray(), angles);
        check.Tensor(expected["sin"], sines.ToArray(), angles);
    }

    private static GoldenValue Either(GoldenValue value, string first, string second) => value.Find(first) ?? value[second];

    private static RotarySettings Settings(GoldenValue input)
    {
        var parameters = input["rope_parameters"];
        var type = parameters["rope_type"].AsString();
        if (!Enum.TryParse<RotaryScaling>(type, ignoreCase: true, out var scaling)) throw new NotCoveredException($"rope_type {type} is not among Tessera's");
        var max = input.Find("max_position_embeddings")?.AsInt() ?? 0;
        var (size, share) = (input["head_dim"].AsInt(), Number("partial_rotary_factor", 1));
        return new RotarySettings
        {
            Theta = parameters["rope_theta"].AsDouble(),
            RotatedSize = scaling == RotaryScaling.Proportional ? size : (int)(size * share),
            TurningShare = share,
            Scaling = scaling,
            Factor = Number("factor", 1),
            OriginalMaxPositions = (int)Number("original_max_position_embeddings", max),
            MaxPositions = max,
            LowFrequencyFactor = Number("low_freq_factor", 1),
            HighFrequencyFactor = Number("high_freq_factor", 4),
            BetaFast = Number("beta_fast", 32),
            BetaSlow = Number("beta_slow", 1),
            Truncate = parameters.Find("truncate")?.AsBool() ?? true,
            MScale = Number("mscale", 0),
            MScaleAllDimensions = Number("mscale_all_dim", 0),
            AttentionFactor = parameters.Find("attention_factor") is { Kind: JsonValueKind.Number } given ? given.AsDouble() : null,
            ShortFactors = parameters.Find("short_factor")?.AsDoubles() ?? [],
            LongFactors = parameters.Find("long_factor")?.AsDoubles() ?? [],
        };

        double Number(string name, double otherwise) => parameters.Find(name) is { Kind: JsonValueKind.Number } value ? value.AsDouble() : otherwise;
    }
}
