using System.Text.Json;
using Tessera.Tensors.Kernels;
using Tessera.Tensors.Tests.Golden;

namespace Tessera.Tensors.Tests.Kernels.Rows;

public sealed unsafe class RotaryTests
{
    private const int Position = 9;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void RotationsAreTheirTwinForEveryWidth(bool interleaved)
    {
        for (var rotated = 2; rotated <= 134; rotated += 2)
        {
            foreach (var unrotated in new[] { 0, 5 })
            {
                var (size, settings) = (rotated + unrotated, new RotarySettings { Theta = 10000, RotatedSize = rotated, Interleaved = interleaved });
                var x = RowCheck.Normal(3 * size, rotated);
                var table = new RotaryTable(settings);
                table.Reach(Position);
                var actual = RowCheck.Run((p, _, width, y) =>
                {
                    new Span<float>(p, width).CopyTo(new Span<float>(y, width));
                    table.Rotate(y, 3, size, Position);
                }, x, null);
                RowCheck.Close(actual, Rotated(x, 3, size, settings, Position), 3e-6, $"rotated {rotated}"); // the angle is rounded to F32
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheInverseIsTheBackward(bool interleaved)
    {
        // y = R·x, so that dx = Rᵀ·dy, and Rᵀ·R = 1 without an attention factor.
        var settings = new RotarySettings { Theta = 500, RotatedSize = 20, Interleaved = interleaved };
        var table = new RotaryTable(settings);
        table.Reach(Position);
        var (x, dy) = (RowCheck.Normal(2 * 24, 1), RowCheck.Normal(2 * 24, 2));
        var (y, dx) = (RowCheck.Single(x), RowCheck.Single(dy));
        fixed (float* row = y, gradient = dx)
        {
            table.Rotate(row, 2, 24, Position);
            table.Rotate(gradient, 2, 24, Position, inverse: true);
        }

        y.Zip(dy, (a, b) => a * b).Sum().ShouldBe(dx.Zip(x, (a, b) => a * b).Sum(), 1e-5);
        fixed (float* row = y) table.Rotate(row, 2, 24, Position, inverse: true);
        RowCheck.Close(y, x, 1e-6, "there and back");
    }

    [Fact]
    public void ATableThatGrowsKeepsItsValues()
    {
        var settings = new RotarySettings { Theta = 10000, RotatedSize = 16 };
        var (small, large) = (new RotaryTable(settings), new RotaryTable(settings));
        large.Reach(1000);
        for (var position = 0; position < 70; position++)
        {
            small.Reach(position);
            var (a, b) = (RowCheck.Single(RowCheck.Normal(16, position)), RowCheck.Single(RowCheck.Normal(16, position)));
            fixed (float* p = a, q = b)
            {
                small.Rotate(p, 1, 16, position);
                large.Rotate(q, 1, 16, position);
            }

            a.ShouldBe(b);
        }
    }

    [Theory]
    [InlineData("models-tiny/tables/rope.json", "inv_freq", "attention_factor", 2e-7, 3e-6)]
    [InlineData("context/rotary-context-extension.json", "inverse_frequencies", "attention_scaling", 2e-6, 2e-5)]
    public void RecordedFrequenciesAndAnglesAgree(string file, string frequencies, string factor, double frequencyTolerance, double angleTolerance)
    {
        foreach (var golden in GoldenFolder.Read(file).GetProperty("cases").EnumerateArray())
        {
            var (input, expected, name) = (golden.GetProperty("input"), golden.GetProperty("expected"), golden.GetProperty("name").GetString());
            if (!expected.TryGetProperty(frequencies, out var recorded)) continue; // logits of a model
            var settings = Settings(input);
            var length = input.GetProperty("sequence_length") is { ValueKind: JsonValueKind.Number } number ? number.GetInt32() : 0;
            var own = settings.InverseFrequencies(length);
            own.Length.ShouldBe(recorded.GetArrayLength(), name);
            for (var i = 0; i < own.Length; i++) (own[i] / recorded[i].GetDouble()).ShouldBe(1, frequencyTolerance, $"{name}, frequency {i}");
            settings.ResolvedAttentionFactor.ShouldBe(expected.GetProperty(factor).GetDouble(), 1e-6, name);

            var table = new RotaryTable(settings, length);
            var positions = (expected.TryGetProperty("positions", out var p) ? p : input.GetProperty("positions")).EnumerateArray().Select(v => v.GetInt32()).ToArray();
            for (var row = 0; row < positions.Length; row++)
            {
                table.Reach(positions[row]);
                var (cosines, sines) = CosinesAndSines(table, own.Length, positions[row]);
                for (var i = 0; i < own.Length; i++)
                {
                    ((double)cosines[i]).ShouldBe(expected.GetProperty("cos")[row][i].GetDouble(), angleTolerance, name);
                    ((double)sines[i]).ShouldBe(expected.GetProperty("sin")[row][i].GetDouble(), angleTolerance, name);
                }
            }
        }
    }

    [Fact]
    public void ProportionalRotationLeavesTheSlowPairsStill()
    {
        var settings = new RotarySettings { Theta = 1000, RotatedSize = 16, Scaling = RotaryScaling.Proportional, TurningShare = 0.25, Factor = 2 };
        var frequencies = settings.InverseFrequencies();
        frequencies[0].ShouldBe(0.5f);
        frequencies[1].ShouldBe((float)(0.5 * Math.Pow(1000, -2.0 / 16)));
        frequencies[2..].ShouldAllBe(f => f == 0);
    }

    [Fact]
    public void MissingFactorsAreRefused() => Should.Throw<InvalidOperationException>(() =>
        new RotarySettings { Theta = 1000, RotatedSize = 16, Scaling = RotaryScaling.LongRope, OriginalMaxPositions = 8, ShortFactors = [1, 2] }.InverseFrequencies());

    // Rotating (1, 0) shows the cosine in the first half and the sine in the second.
    private static (float[] Cosines, float[] Sines) CosinesAndSines(RotaryTable table, int half, int position)
    {
        var row = new float[2 * half];
        row.AsSpan(0, half).Fill(1f);
        fixed (float* p = row) table.Rotate(p, 1, 2 * half, position);
        return (row[..half], row[half..]);
    }

    private static RotarySettings Settings(JsonElement input)
    {
        var parameters = input.GetProperty("rope_parameters");
        var type = parameters.GetProperty("rope_type").GetString()!;
        var max = input.GetProperty("max_position_embeddings").GetInt32();
        return new RotarySettings
        {
            Theta = parameters.GetProperty("rope_theta").GetDouble(),
            RotatedSize = input.GetProperty("head_dim").GetInt32(),
            Scaling = Enum.Parse<RotaryScaling>(type, ignoreCase: true),
            Factor = Number("factor", 1),
            OriginalMaxPositions = (int)Number("original_max_position_embeddings", max),
            MaxPositions = max,
            LowFrequencyFactor = Number("low_freq_factor", 1),
            HighFrequencyFactor = Number("high_freq_factor", 4),
            BetaFast = Number("beta_fast", 32),
            BetaSlow = Number("beta_slow", 1),
            Truncate = !parameters.TryGetProperty("truncate", out var truncate) || truncate.GetBoolean(),
            AttentionFactor = parameters.TryGetProperty("attention_factor", out var given) ? given.GetDouble() : null,
            MScale = Number("mscale", 0),
            MScaleAllDimensions = Number("mscale_all_dim", 0),
            TurningShare = Number("partial_rotary_factor", 1),
            ShortFactors = Factors("short_factor"),
            LongFactors = Factors("long_factor"),
        };

        double Number(string name, double otherwise) => parameters.TryGetProperty(name, out var value) ? value.GetDouble() : otherwise;

        double[] Factors(string name) => parameters.TryGetProperty(name, out var value) ? [.. value.EnumerateArray().Select(v => v.GetDouble())] : [];
    }

    private static double[] Rotated(double[] x, int heads, int size, RotarySettings settings, int position)
    {
        var (y, half) = ((double[])x.Clone(), settings.RotatedSize / 2);
        for (var head = 0; head < heads; head++)
        {
            for (var i = 0; i < half; i++)
            {
                var angle = position * Math.Pow(settings.Theta, -2.0 * i / settings.RotatedSize);
                var (a, b) = settings.Interleaved ? (head * size + 2 * i, head * size + 2 * i + 1) : (head * size + i, head * size + i + half);
                (y[a], y[b]) = (x[a] * Math.Cos(angle) - x[b] * Math.Sin(angle), x[b] * Math.Cos(angle) + x[a] * Math.Sin(angle));
            }
        }

        return y;
    }
}
