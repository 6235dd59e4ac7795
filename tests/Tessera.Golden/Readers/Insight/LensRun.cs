using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Golden;

/// <summary>What the head says of the residual stream behind a layer, through the door's steps.</summary>
internal static class LensRun
{
    /// <summary>Logits [rows, vocabulary] of a layer's output, with the final norm or without.</summary>
    public static float[] Logits(LanguageModel model, int[] ids, int layer, bool withNorm, CancellationToken cancellation)
    {
        using var pass = DecoderProbe.NewPass(null);
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var rows = new RowBatch();
        rows.Add(sequence, ids);
        pass.Begin(rows, cancellation);
        var x = model.Stack.RunLayers(pass, model.Stack.Embed(pass), 0, layer + 1);
        return model.Head.Logits(pass, withNorm ? model.Stack.Finish(pass, x) : x).Span.ToArray();
    }

    /// <summary>What the head says of one vector of the residual stream: the vector takes the place of an embedding, and no layer runs.</summary>
    public static float[] Head(LanguageModel model, ReadOnlySpan<float> residual, bool withNorm, CancellationToken cancellation)
    {
        using var pass = DecoderProbe.NewPass(null);
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var rows = new RowBatch();
        rows.Add(sequence, [0]);
        pass.Begin(rows, cancellation);
        var x = model.Stack.Embed(pass);
        residual.CopyTo(x.Span);
        return model.Head.Logits(pass, withNorm ? model.Stack.Finish(pass, x) : x).Span.ToArray();
    }

    /// <summary>KL(p ‖ q) in nats of two rows of logits.</summary>
    public static double Divergence(ReadOnlySpan<float> p, ReadOnlySpan<float> q)
    {
        var (ofP, ofQ) = (TokenStatistics.Compute(p, 0).LogNormaliser, TokenStatistics.Compute(q, 0).LogNormaliser);
        var sum = 0.0;
        for (var v = 0; v < p.Length; v++)
        {
            var log = p[v] - ofP;
            sum += Math.Exp(log) * (log - (q[v] - ofQ));
        }

        return sum;
    }
}
