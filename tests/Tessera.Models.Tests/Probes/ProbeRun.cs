using Tessera.Models.Attention;
using Tessera.Models.Passes;
using Tessera.Models.State;
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
}
