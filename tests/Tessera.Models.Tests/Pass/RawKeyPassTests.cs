using Tessera.Models.Attention;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Models.Tests.Probes;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Tests.Passes;

public sealed class RawKeyPassTests
{
    private static readonly int[] Ids = [.. Enumerable.Range(0, 20).Select(i => i * 13 % 61)];
    private static readonly SequenceOptions Raw = SequenceOptions.Exact with { RawKeys = true };

    [Fact]
    public void RawAndTurnedKeysStandInOneBatch()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var raw = model.NewSequence(Raw);
        using var plain = model.NewSequence(SequenceOptions.Exact);
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        var rows = new RowBatch();
        rows.Add(raw, Ids);
        rows.Add(plain, Ids.AsSpan(0, 9));
        var logits = model.Logits(pass, model.Run(pass, rows), [19, 28]);
        logits.Row(0).ToArray().ShouldBe(ProbeRun.Alone(model, Ids)[^61..]);
        logits.Row(1).ToArray().ShouldBe(ProbeRun.Alone(model, Ids.AsSpan(0, 9))[^61..]);
    }

    [Fact]
    public void ARenumberingSequenceOutgrowsTheModelsPositions()
    {
        using var model = ToyModels.Language(ToyModels.Llama() with { MaxPositions = 16 });
        using var sequence = model.NewSequence(Raw with { Renumbers = true });
        sequence.Policy = new Newest(8);
        for (var i = 0; i < 40; i++) ProbeRun.Logits(model, sequence, [Ids[i % 20]]);
        sequence.NextPosition.ShouldBe(40);
        using var bounded = model.NewSequence(Raw);
        Should.Throw<ArgumentOutOfRangeException>(() => ProbeRun.Logits(model, bounded, Ids)).Message.ShouldContain("16");
    }

    [Fact]
    public void RawAndTurnedKeysAreNotExchanged()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var raw = model.NewSequence(Raw);
        using var plain = model.NewSequence(SequenceOptions.Exact);
        ProbeRun.Logits(model, raw, Ids);
        Should.Throw<ArgumentException>(() => plain.States[0].Restore(raw.States[0]));
        using var stream = new MemoryStream();
        raw.States[0].Save(stream);
        stream.Position = 0;
        Should.Throw<MalformedInputException>(() => plain.States[0].Load(stream));
    }

    [Fact]
    public void WhatHasNoRotationRefuses()
    {
        using var model = ToyModels.Language(ToyModels.Mamba());
        Should.Throw<NotSupportedException>(() => model.NewSequence(Raw)).Message.ShouldContain("mamba");
        using var llama = ToyModels.Language(ToyModels.Llama());
        Should.Throw<ArgumentException>(() => llama.NewSequence(new SequenceOptions { Renumbers = true }));
    }

    [Fact]
    public void TrainingOnRawKeysIsRefused()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        foreach (var parameter in model.Parameters.Values) parameter.Train();
        using var tape = new Tape();
        using var pass = new Pass(new PassOptions { Tape = tape });
        using var sequence = model.NewSequence(Raw);
        var rows = new RowBatch();
        rows.Add(sequence, Ids);
        Should.Throw<NotSupportedException>(() => model.Run(pass, rows)).Message.ShouldContain("raw keys");
        sequence.Length.ShouldBe(0);
    }

    private sealed class Newest(int count) : IAttentionPolicy
    {
        public ObservationRequest? Observe(in AttentionStep step) => null;

        public IAttentionPolicy Fork() => this; // remembers nothing

        public void Truncate(int length)
        {
        }

        public RowVisibility? BeforeAttention(in AttentionStep step) => null;

        public KeepPlan? AfterAttention(in AttentionStep step, AttentionObservations? observations)
        {
            var slots = step.State.SlotCount(0);
            return slots <= count ? null : KeepPlan.Same(step.State.Heads, [.. Enumerable.Range(slots - count, count)]);
        }
    }
}
