using Tessera.Models.Attention;
using Tessera.Models.Hooks;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Tests.Probes;

/// <summary>What every probe does: run rows of a sequence and take the logits of all of them.</summary>
internal static class ProbeRun
{
    /// <summary>Runs ids behind what a sequence holds.</summary>
    /// <returns>[rows, vocabulary].</returns>
    public static float[] Logits(
        LanguageModel model, Sequence sequence, ReadOnlySpan<int> ids, Arithmetic arithmetic = Arithmetic.Exact, ReadOnlySpan<int> positions = default,
        RowVisibility? visibility = null, Action<RowBatch>? change = null)
    {
        using var pass = new Pass(new PassOptions { Arithmetic = arithmetic });
        var rows = new RowBatch();
        rows.Add(sequence, ids, positions, visibility);
        change?.Invoke(rows);
        return model.Logits(pass, model.Run(pass, rows), [.. Enumerable.Range(0, ids.Length)]).Span.ToArray();
    }

    /// <summary>Runs ids in a sequence of their own.</summary>
    /// <returns>[rows, vocabulary].</returns>
    public static float[] Alone(LanguageModel model, ReadOnlySpan<int> ids, SequenceOptions? options = null, Arithmetic arithmetic = Arithmetic.Exact, ReadOnlySpan<int> positions = default)
    {
        using var sequence = model.NewSequence(options ?? SequenceOptions.Exact);
        return Logits(model, sequence, ids, arithmetic, positions);
    }

    /// <summary>What a hook puts in place of a value.</summary>
    public delegate Value Change(Pass pass, int layer, Value value);

    /// <summary>The loss of given targets under a hook in the first layer or before it, and its backward where there is a tape.</summary>
    public static double Loss(LanguageModel model, int[] ids, int[] targets, float[] weights, HookPoint point, Change change, Tape? tape)
    {
        var hooks = new HookTable();
        hooks.Replace(point, (Pass pass, in HookContext context, Value value) => change(pass, context.Layer, value), toLayer: 0);
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact, Hooks = hooks, Tape = tape });
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var rows = new RowBatch();
        rows.Add(sequence, ids);
        var loss = pass.CrossEntropy(model.Run(pass, rows), model.Head, targets, weights);
        if (tape is not null) tape.Backward(loss);
        return loss.Span[0];
    }
}
