using Tessera.Insight.Steering;
using Tessera.Models;
using Tessera.Models.Hooks;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Models.Tests;
using Tessera.Tensors.Kernels;

namespace Tessera.Insight.Tests.Steering;

public sealed class SteeringHookTests
{
    private static readonly int[] s_ids = [3, 14, 15, 9, 26, 5, 35];
    private static readonly PassOptions s_exact = new() { Arithmetic = Arithmetic.Exact };

    [Fact]
    public void AZeroVectorAndAScaleOfZeroChangeNoBit()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        var plain = Logits(model, s_exact, s_ids);
        var zero = new SteeringVector(model, HookPoint.ResidPost, [0, 1], [new float[24], new float[24]], "zeros");
        Logits(model, new SteeringHook(zero, model, 5).Steer(s_exact), s_ids).ShouldBe(plain);
        Logits(model, new SteeringHook(Vector(model), model, 0).Steer(s_exact), s_ids).ShouldBe(plain);
        Logits(model, new SteeringHook(Vector(model), model, 1).Steer(s_exact), s_ids).ShouldNotBe(plain);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void WhatTheLayerGivesMovesByTheScaledDirectionFromTheFirstPositionOn(int from)
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        var vector = Vector(model);
        var (plain, steered) = (Residual(model, null, 0), Residual(model, new SteeringHook(vector, model, -2.5) { FromPosition = from }, 0));
        for (var row = 0; row < s_ids.Length; row++)
        {
            for (var i = 0; i < 24; i++)
                (steered[row * 24 + i] - plain[row * 24 + i]).ShouldBe(row < from ? 0 : -2.5f * vector.Direction(0)[i], 1e-4);
        }
    }

    [Fact]
    public void PositionsCountOverPieces()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        PassOptions Options() => new SteeringHook(Vector(model), model, 3) { FromPosition = 4 }.Steer(s_exact);
        Logits(model, Options(), s_ids, pieces: 3).ShouldBe(Logits(model, Options(), s_ids));
        Logits(model, Options(), s_ids).ShouldNotBe(Logits(model, s_exact, s_ids));
    }

    [Fact]
    public void ItJoinsTheHooksThatAreThere()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        var (hooks, calls) = (new HookTable(), 0);
        hooks.Read(HookPoint.Embed, (in HookContext _, ReadOnlySpan<float> _) => calls++);
        var options = new SteeringHook(Vector(model), model).Steer(s_exact with { Hooks = hooks });
        options.Hooks.ShouldBeSameAs(hooks);
        Logits(model, options, s_ids);
        calls.ShouldBe(1);
    }

    [Fact]
    public void AnotherModelAndOddNumbersAreRefused()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var deeper = ToyModels.Language(ToyModels.Llama(3));
        using var other = ToyModels.Language(ToyModels.Llama(), seed: 2);
        var vector = Vector(model);
        Should.Throw<ArgumentException>(() => new SteeringHook(vector, deeper)).Message.ShouldContain("layers");
        Should.Throw<ArgumentException>(() => new SteeringHook(vector, other)).Message.ShouldContain("another model");
        Should.Throw<ArgumentOutOfRangeException>(() => new SteeringHook(vector, model, double.NaN));
        Should.Throw<ArgumentOutOfRangeException>(() => new SteeringHook(vector, model) { FromPosition = -1 });
        Should.Throw<ArgumentException>(() => new SteeringVector(model, HookPoint.ResidPost, [2], [new float[24]], "x")); // no layer 2
        Should.Throw<ArgumentException>(() => new SteeringVector(model, HookPoint.ResidPost, [0], [new float[23]], "x"));
        Should.Throw<ArgumentException>(() => new SteeringVector(model, HookPoint.ResidPost, [1, 0], [new float[24], new float[24]], "x"));
        Should.Throw<ArgumentException>(() => new SteeringVector(model, HookPoint.ResidPost, [0], [[.. new float[23], float.PositiveInfinity]], "x"));
        Should.Throw<ArgumentException>(() => new SteeringVector(model, HookPoint.CrossHeadOut, [0], [new float[24]], "x"));
    }

    internal static SteeringVector Vector(LanguageModel model)
    {
        var key = new RandomKey(5, 0, 0, RandomPurpose.Initialise);
        return new SteeringVector(model, HookPoint.ResidPost, [0], [[.. Enumerable.Range(0, 24).Select(i => (float)key.Normal((uint)i))]], "random");
    }

    private static float[] Residual(LanguageModel model, SteeringHook? hook, int layer)
    {
        var (hooks, seen) = (new HookTable(), Array.Empty<float>());
        hook?.AddTo(hooks);
        hooks.Read(HookPoint.ResidPost, (in HookContext _, ReadOnlySpan<float> rows) => seen = rows.ToArray(), layer, layer);
        Logits(model, s_exact with { Hooks = hooks }, s_ids);
        return seen;
    }

    private static float[] Logits(LanguageModel model, PassOptions options, int[] ids, int pieces = 1)
    {
        using var pass = new Pass(options);
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var rows = new RowBatch();
        float[] last = [];
        foreach (var piece in ids.Chunk((ids.Length + pieces - 1) / pieces))
        {
            rows.Clear();
            rows.Add(sequence, piece);
            last = model.LastLogits(pass, model.Run(pass, rows)).Span.ToArray();
        }

        return last;
    }
}
