using Tessera.Insight.Steering;
using Tessera.Models.Hooks;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Models.Tests;
using Tessera.Tensors.Kernels;

namespace Tessera.Insight.Tests.Steering;

public sealed class ActivationCaptureTests
{
    private static readonly int[] s_ids = [.. Enumerable.Range(0, 600).Select(i => i * 7 % 61)]; // more than one piece

    [Theory]
    [InlineData(ActivationPooling.LastToken)]
    [InlineData(ActivationPooling.MeanOfTokens)]
    public void ItReadsWhatAWholeRunShows(ActivationPooling pooling)
    {
        using var model = ToyModels.Language(ToyModels.Llama(3));
        var (hooks, rows) = (new HookTable(), new Dictionary<int, float[]>());
        hooks.Read(HookPoint.ResidPost, (in HookContext context, ReadOnlySpan<float> values) => rows[context.Layer] = values.ToArray());
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact, Hooks = hooks });
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var batch = new RowBatch();
        batch.Add(sequence, s_ids);
        model.Run(pass, batch);

        using var capture = new ActivationCapture(model, HookPoint.ResidPost, [0, 1], pooling, new PassOptions { Arithmetic = Arithmetic.Exact }, SequenceOptions.Exact);
        var read = capture.Read(s_ids);
        read.Length.ShouldBe(2);
        for (var layer = 0; layer < 2; layer++)
        {
            for (var i = 0; i < 24; i++)
            {
                var wanted = pooling == ActivationPooling.LastToken ? rows[layer][^(24 - i)] : Enumerable.Range(0, s_ids.Length).Average(t => (double)rows[layer][t * 24 + i]);
                read[layer][i].ShouldBe((float)wanted, 1e-5);
            }
        }

        capture.Read(s_ids)[1].ShouldBe(read[1]); // nothing of the last text stays
    }

    [Fact]
    public void TheInputOfTheHeadCanBeRead()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var capture = new ActivationCapture(model, HookPoint.FinalNorm, [0]);
        capture.Read([1, 2, 3])[0].Length.ShouldBe(24);
    }

    [Fact]
    public void WhatCannotBeReadIsRefused()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        Should.Throw<ArgumentException>(() => new ActivationCapture(model, HookPoint.ResidPost, []));
        Should.Throw<ArgumentException>(() => new ActivationCapture(model, HookPoint.ResidPost, [2]));
        Should.Throw<ArgumentException>(() => new ActivationCapture(model, HookPoint.CrossHeadOut, [0]));
        using var capture = new ActivationCapture(model, HookPoint.ResidPost, [0]);
        Should.Throw<ArgumentException>(() => capture.Read([]));
        Should.Throw<ArgumentException>(() => capture.Read(new int[641]));
        using var source = new CancellationTokenSource();
        source.Cancel();
        Should.Throw<OperationCanceledException>(() => capture.Read([1, 2], source.Token));
        capture.Read([1, 2])[0].Length.ShouldBe(24);
    }
}
