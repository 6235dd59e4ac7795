using Tessera.Tensors.Kernels;
using Tessera.Models;
using Tessera.Models.Attention;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Models.Tests;
using Tessera.Tensors.Threads;

namespace Tessera.Context.Tests.Policies;

/// <summary>Runs a toy model under a policy and keeps what came out.</summary>
internal static class PolicyRun
{
    public static readonly int[] Ids = [.. Enumerable.Range(0, 90).Select(i => (i * 17 + i * i * 5) % 61)];

    /// <summary>A prompt, then token by token; the logits after each.</summary>
    public static List<float[]> Logits(LanguageModel model, Sequence sequence, int[] ids, int prompt, ComputePool? pool = null)
    {
        using var pass = NewPass(pool);
        var logits = new List<float[]>();
        for (var at = 0; at < ids.Length; at += at == 0 ? prompt : 1) logits.Add(Step(model, pass, sequence, ids.AsSpan(at, at == 0 ? prompt : 1)));
        return logits;
    }

    public static List<float[]> Logits(IAttentionPolicy? policy, int[] ids, int prompt, ComputePool? pool = null)
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var sequence = model.NewSequence(SequenceOptions.Exact with { Policy = policy is null ? null : () => policy });
        return Logits(model, sequence, ids, prompt, pool);
    }

    public static float[] Step(LanguageModel model, Pass pass, Sequence sequence, ReadOnlySpan<int> ids, CancellationToken cancellation = default)
    {
        var rows = new RowBatch();
        rows.Add(sequence, ids);
        return model.LastLogits(pass, model.Run(pass, rows, cancellation)).Span.ToArray();
    }

    public static Pass NewPass(ComputePool? pool = null) => new(new PassOptions { Arithmetic = Arithmetic.Exact, Pool = pool });

    public static int[] Tokens(Sequence sequence, int layer, int head)
    {
        var state = (KeyValueState)sequence.States[layer];
        return [.. Enumerable.Range(0, state.SlotCount(head)).Select(slot => state.TokenOf(head, slot))];
    }

    public static void ShouldBeSame(IReadOnlyList<float[]> actual, IReadOnlyList<float[]> expected)
    {
        actual.Count.ShouldBe(expected.Count);
        for (var i = 0; i < actual.Count; i++) actual[i].ShouldBe(expected[i], $"step {i}");
    }
}
