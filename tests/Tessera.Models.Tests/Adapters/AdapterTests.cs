using Tessera.Models.Adapters;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Models.Tests.Probes;
using Tessera.Tensors;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Tests.Adapters;

public sealed class AdapterTests
{
    private static readonly int[] Ids = [.. Enumerable.Range(0, 14).Select(i => i * 13 % 61)];

    [Fact]
    public void AnAdaptedModelIsTheMergedModel()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        var adapter = ToyAdapters.For(model.Stack, 3, seed: 4);
        var adapted = ProbeRun.Alone(model, Ids, SequenceOptions.Exact with { Adapter = adapter });
        foreach (var (name, low) in adapter.Maps)
        {
            var weight = model.Parameters[name];
            for (var o = 0; o < low.Outputs; o++)
            {
                for (var i = 0; i < low.Inputs; i++)
                {
                    var sum = 0.0;
                    for (var r = 0; r < low.Rank; r++) sum += (double)low.B.Tensor.Values[o * low.Rank + r] * low.A.Tensor.Values[r * low.Inputs + i];
                    weight.Tensor.Values[o * low.Inputs + i] += (float)(low.Scale * sum);
                }
            }

            weight.Changed();
        }

        var merged = ProbeRun.Alone(model, Ids);
        for (var i = 0; i < merged.Length; i++) adapted[i].ShouldBe(merged[i], 2e-4f);
    }

    [Fact]
    public void AForkKeepsTheAdapter()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        var options = SequenceOptions.Exact with { Adapter = ToyAdapters.For(model.Stack, 2, seed: 1) };
        using var sequence = model.NewSequence(options);
        ProbeRun.Logits(model, sequence, Ids.AsSpan(0, 10));
        using var fork = sequence.Fork();
        fork.Adapter.ShouldBeSameAs(options.Adapter);
        ProbeRun.Logits(model, fork, Ids.AsSpan(10)).ShouldBe(ProbeRun.Alone(model, Ids, options)[(10 * 61)..]);
    }

    [Fact]
    public void FactorsAreTrainedWhileTheModelIsFrozen()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        var adapter = ToyAdapters.For(model.Stack, 2, seed: 3);
        foreach (var low in adapter.Maps.Values)
        {
            low.A.Train();
            low.B.Train();
        }

        using var tape = new Tape();
        using var pass = new Pass(new PassOptions { Tape = tape });
        var sequences = new List<Sequence>();
        tape.Backward(Loss(pass));
        using var plain = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        foreach (var (name, low) in adapter.Maps)
        {
            foreach (var factor in new[] { low.A, low.B })
            {
                var at = factor.Gradient.ToArray().Index().MaxBy(g => Math.Abs(g.Item)).Index;
                ref var value = ref factor.Tensor.Values[at];
                var kept = value;
                unsafe double Shifted(float step)
                {
                    factor.Tensor.Values[at] = kept + step;
                    factor.Changed();
                    return Loss(plain).Data[0];
                }

                var numeric = (Shifted(1e-2f) - Shifted(-1e-2f)) / 2e-2;
                Shifted(0);
                Math.Abs(numeric - factor.Gradient[at]).ShouldBeLessThan(2e-3 * Math.Abs(numeric) + 2e-4, name);
            }
        }

        foreach (var sequence in sequences) sequence.Dispose();

        Value Loss(Pass run)
        {
            var sequence = model.NewSequence(SequenceOptions.Exact with { Adapter = adapter });
            var other = model.NewSequence(SequenceOptions.Exact);
            sequences.AddRange([sequence, other]); // the backward reads what they hold
            var rows = new RowBatch();
            rows.Add(other, Ids.AsSpan(0, 3));
            rows.Add(sequence, Ids);
            var hidden = model.Run(run, rows);
            return run.CrossEntropy(hidden, model.Head, Ids.AsSpan(0, 3).ToArray().Concat(Ids.Reverse()).ToArray(), Enumerable.Repeat(0.1f, 17).ToArray());
        }
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        var random = new Random(1);
        const string query = "model.layers.0.self_attn.q_proj.weight";
        Refuses(query, ToyAdapters.Map(48, 23, 2, random)).ShouldContain("[48, 24]");
        Refuses("model.layers.2.self_attn.q_proj.weight", ToyAdapters.Map(48, 24, 2, random)).ShouldContain("layers.2");
        Refuses("model.embed_tokens.weight", ToyAdapters.Map(61, 24, 2, random)).ShouldContain("embed_tokens");
        Should.Throw<ArgumentException>(() => new Adapter("empty", new Dictionary<string, LowRankMap>()));
        var (a, b) = (new Parameter("A", Tensor.Create(TensorFormat.F32, 2, 24)), new Parameter("B", Tensor.Create(TensorFormat.F32, 48, 3)));
        Should.Throw<ArgumentException>(() => new LowRankMap(a, b, 1f));
        Should.Throw<ArgumentException>(() => new LowRankMap(a, new Parameter("B", Tensor.Create(TensorFormat.F32, 48, 2)), float.NaN));

        string Refuses(string name, LowRankMap map) => Should.Throw<ArgumentException>(
            () => model.NewSequence(SequenceOptions.Exact with { Adapter = new Adapter("wrong", new Dictionary<string, LowRankMap> { [name] = map }) })).Message;
    }
}
