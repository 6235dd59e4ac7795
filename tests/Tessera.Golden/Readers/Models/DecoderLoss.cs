using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;

namespace Tessera.Golden;

/// <summary>The next-token loss of a padded batch: padding is left out, labels[t] is predicted by row t − 1, −100 is no label.</summary>
internal static class DecoderLoss
{
    /// <summary>Runs the batch in exact mode, and the backward where there is a tape (gradients are added to the parameters).</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">input_ids, labels and, where there is padding, attention_mask: [batch, time].</param>
    /// <param name="tape">Where the backward is wanted.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <param name="weight">What each token's loss is multiplied by; null for the mean.</param>
    /// <param name="options">How sequences are made; exact if null.</param>
    /// <returns>The loss, and how many tokens it is of.</returns>
    public static (double Loss, int Tokens) Run(
        LanguageModel model, GoldenValue batch, Tape? tape, CancellationToken cancellation, float? weight = null, SequenceOptions? options = null)
    {
        var sequences = ProbeRows.FromBatch(batch, out var keptRows);
        var labels = batch["labels"].AsIntRows().SelectMany(static row => row.Skip(1).Append(-100)).ToArray(); // what each row should predict
        return (Run(model, sequences, keptRows, labels, tape, weight, cancellation, out var tokens, options), tokens);
    }

    /// <summary>The same over given sequences.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sequences">The rows.</param>
    /// <param name="keptRows">The index in <paramref name="targets"/> of each row.</param>
    /// <param name="targets">What a row should predict; −100 for nothing.</param>
    /// <param name="tape">Where the backward is wanted.</param>
    /// <param name="weight">What each token's loss is multiplied by; null for the mean.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <param name="tokens">How many tokens were predicted.</param>
    /// <param name="options">How sequences are made; exact if null.</param>
    public static double Run(
        LanguageModel model, IReadOnlyList<ProbeRows> sequences, List<int> keptRows, int[] targets, Tape? tape, float? weight, CancellationToken cancellation, out int tokens,
        SequenceOptions? options = null)
    {
        var chosen = keptRows.Select((row, i) => (Row: i, Target: targets[row])).Where(static r => r.Target != -100).ToArray();
        tokens = chosen.Length;
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact, Tape = tape });
        var states = sequences.Select(_ => model.NewSequence(options ?? SequenceOptions.Exact)).ToList();
        try
        {
            var rows = new RowBatch();
            for (var i = 0; i < states.Count; i++) DecoderProbe.Add(rows, states[i], sequences[i]);
            var hidden = pass.Select(model.Run(pass, rows, cancellation), [.. chosen.Select(static c => c.Row)]);
            var weights = Enumerable.Repeat(weight ?? 1f / chosen.Length, chosen.Length).ToArray();
            var loss = pass.CrossEntropy(hidden, model.Head, chosen.Select(static c => c.Target).ToArray(), weights);
            tape?.Backward(loss);
            return loss.Span[0];
        }
        finally
        {
            foreach (var state in states) state.Dispose();
        }
    }
}
