using Tessera.Models;
using Tessera.Models.Attention;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Golden;

/// <summary>Decoding under a policy as the cases have it: a prompt in one pass, then token by token. Knows nothing of cases.</summary>
internal static class PolicyDecoding
{
    /// <summary>Runs a prompt and then the other tokens one by one.</summary>
    /// <param name="model">The model.</param>
    /// <param name="policy">The policy, or null.</param>
    /// <param name="ids">All tokens.</param>
    /// <param name="prompt">Tokens of the prompt.</param>
    /// <param name="step">Told after the prompt, and after each token, the sequence and the next token's logits.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    public static void Run(LanguageModel model, IAttentionPolicy? policy, ReadOnlySpan<int> ids, int prompt, Action<Sequence, ReadOnlySpan<float>> step, CancellationToken cancellation)
    {
        using var pass = DecoderProbe.NewPass(null);
        using var sequence = model.NewSequence(SequenceOptions.Exact with { Policy = policy is null ? null : () => policy });
        var rows = new RowBatch();
        for (var at = 0; at < ids.Length; at += at == 0 ? prompt : 1)
        {
            rows.Clear();
            rows.Add(sequence, ids.Slice(at, at == 0 ? prompt : 1));
            step(sequence, model.LastLogits(pass, model.Run(pass, rows, cancellation)).Span);
        }
    }

    /// <summary>The tokens that a head holds.</summary>
    public static int[] Tokens(KeyValueState state, int head) => [.. Enumerable.Range(0, state.SlotCount(head)).Select(slot => state.TokenOf(head, slot))];

    /// <summary>The tokens that a head of a layer holds.</summary>
    public static int[] Tokens(Sequence sequence, int layer, int head) => Tokens((KeyValueState)sequence.States[layer], head);
}
