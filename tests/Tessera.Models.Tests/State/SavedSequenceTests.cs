using Tessera.Models.Architectures;
using Tessera.Models.Attention;
using Tessera.Models.Hooks;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Tests.State;

/// <summary>Sequences that are saved, and taken up again where their contents fit and nowhere else.</summary>
public sealed class SavedSequenceTests
{
    private static readonly int[] Ids = [.. Enumerable.Range(0, 45).Select(i => (i * i + 3 * i) % 61)];

    public static TheoryData<string> Shapes => ["llama", "llama, raw keys", "mamba"];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void ASavedSequenceGoesOnToTheBitAsTheOriginal(string shape)
    {
        var (config, options) = Shape(shape);
        using var model = ToyModels.Language(config);
        using var pass = Exact();
        using var sequence = model.NewSequence(options);
        Run(model, pass, sequence, Ids[..40]);
        var bytes = Saved(sequence);

        using var again = ToyModels.Language(config); // loaded a second time: the same weights
        using var loaded = again.NewSequence(options);
        loaded.Load(new MemoryStream(bytes), Arithmetic.Exact).ShouldBeTrue();
        (loaded.Length, loaded.NextPosition, loaded.Provenance).ShouldBe((40, 40, sequence.Provenance));
        loaded.Tokens.ToArray().ShouldBe(Ids[..40]);
        for (var i = 40; i < 45; i++) Run(again, pass, loaded, [Ids[i]]).ShouldBe(Run(model, pass, sequence, [Ids[i]]));
    }

    [Fact]
    public void ContentsOfAnotherProvenanceStayOutside()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var pass = Exact();
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        Run(model, pass, sequence, Ids);
        var bytes = Saved(sequence);

        using var trained = ToyModels.Language(ToyModels.Llama(), seed: 2);
        using var target = trained.NewSequence(SequenceOptions.Exact);
        Run(trained, pass, target, Ids[..3]);
        target.Load(new MemoryStream(bytes), Arithmetic.Exact).ShouldBeFalse();
        target.Length.ShouldBe(3); // as it was

        Fits(SequenceOptions.Exact, Arithmetic.Exact).ShouldBeTrue();
        Fits(SequenceOptions.Exact, Arithmetic.Fast).ShouldBeFalse();
        Fits(SequenceOptions.Default, Arithmetic.Exact).ShouldBeFalse();
        Fits(SequenceOptions.Exact with { RawKeys = true }, Arithmetic.Exact).ShouldBeFalse();
        Fits(SequenceOptions.Exact with { Embedding = trained.Stack.Embedding }, Arithmetic.Exact).ShouldBeFalse();
        Fits(SequenceOptions.Exact with { Policy = () => new NoPolicy() }, Arithmetic.Exact).ShouldBeFalse();
        Fits(SequenceOptions.Exact with { Adapter = Adapters.ToyAdapters.For(model.Stack, 2, 3) }, Arithmetic.Exact).ShouldBeFalse();

        bool Fits(SequenceOptions options, Arithmetic arithmetic)
        {
            using var other = model.NewSequence(options);
            return other.Load(new MemoryStream(bytes), arithmetic);
        }
    }

    [Fact]
    public void WhatTokensDoNotTellIsNotSaved()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var exact = Exact();
        using var fast = new Pass();
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        Run(model, exact, sequence, Ids[..5]);
        using var fork = sequence.Fork();
        Run(model, fast, sequence, Ids[..5]);
        sequence.Provenance.ShouldBeNull();
        Should.Throw<NotSupportedException>(() => sequence.Save(Stream.Null));
        sequence.Truncate(0);
        sequence.Provenance.ShouldNotBeNull();

        var hooks = new HookTable();
        hooks.Edit(HookPoint.HeadOut, (in HookContext _, Span<float> x) => x.Clear(), 0, 0);
        using var edited = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact, Hooks = hooks });
        fork.Provenance.ShouldNotBeNull();
        Run(model, edited, fork, [3]);
        fork.Provenance.ShouldBeNull();

        using var kept = model.NewSequence(SequenceOptions.Exact with { Policy = () => new NoPolicy() });
        kept.Provenance.ShouldBeNull();
    }

    [Fact]
    public void EveryCutOrChangedStreamIsRefusedAndLeavesAnEmptySequence()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var pass = Exact();
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var answer = Run(model, pass, sequence, Ids[..5]);
        var bytes = Saved(sequence);
        using var target = model.NewSequence(SequenceOptions.Exact);
        for (var length = 0; length < bytes.Length; length += length < 600 ? 1 : 997)
            Should.Throw<MalformedInputException>(() => target.Load(new MemoryStream(bytes, 0, length), Arithmetic.Exact), $"{length}");

        var random = new Random(4);
        for (var i = 0; i < 400; i++)
        {
            target.Truncate(0);
            var changed = (byte[])bytes.Clone();
            changed[random.Next(Math.Min(700, bytes.Length))] ^= (byte)(1 + random.Next(255));
            try
            {
                if (target.Load(new MemoryStream(changed), Arithmetic.Exact)) Run(model, pass, target, [7]); // tokens or a cached number changed: it runs
            }
            catch (MalformedInputException)
            {
                target.Length.ShouldBe(0);
            }
        }

        target.Truncate(0);
        Run(model, pass, target, Ids[..5]).ShouldBe(answer);
    }

    [Fact]
    public void APositionBehindTheEndIsRefused()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var pass = Exact();
        using var sequence = model.NewSequence(SequenceOptions.Exact with { RawKeys = true });
        Run(model, pass, sequence, [5]);
        var bytes = Saved(sequence);
        BitConverter.TryWriteBytes(bytes.AsSpan(12), 0); // the next position, where a slot has 0
        using var target = model.NewSequence(SequenceOptions.Exact with { RawKeys = true });
        Should.Throw<MalformedInputException>(() => target.Load(new MemoryStream(bytes), Arithmetic.Exact)).Message.ShouldContain("position");
    }

    private static (StackConfig Config, SequenceOptions Options) Shape(string shape) => shape switch
    {
        "llama" => (ToyModels.Llama(), SequenceOptions.Default),
        "llama, raw keys" => (ToyModels.Llama(), SequenceOptions.Exact with { RawKeys = true }),
        _ => (ToyModels.Mamba(), SequenceOptions.Default),
    };

    private static Pass Exact() => new(new PassOptions { Arithmetic = Arithmetic.Exact });

    private static byte[] Saved(Sequence sequence)
    {
        using var stream = new MemoryStream();
        sequence.Save(stream);
        return stream.ToArray();
    }

    private static float[] Run(LanguageModel model, Pass pass, Sequence sequence, int[] ids)
    {
        var rows = new RowBatch();
        rows.Add(sequence, ids);
        return model.LastLogits(pass, model.Run(pass, rows)).Span.ToArray();
    }

    private sealed class NoPolicy : IAttentionPolicy
    {
        public ObservationRequest? Observe(in AttentionStep step) => null;

        public RowVisibility? BeforeAttention(in AttentionStep step) => null;

        public KeepPlan? AfterAttention(in AttentionStep step, AttentionObservations? observations) => null;

        public IAttentionPolicy Fork() => this;

        public void Truncate(int length)
        {
        }
    }
}
