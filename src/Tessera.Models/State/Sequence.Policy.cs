using Tessera.Models.Attention;

namespace Tessera.Models.State;

public sealed partial class Sequence
{
    private readonly KeepPlan?[] _plans;

    /// <summary>
    /// Decides which cached slots this sequence's rows read and which stay, and sees the attention figures that it asks for; null, the
    /// default, for plain attention. It serves this sequence alone; a fork gets one of its own with the same memory.
    /// </summary>
    /// <exception cref="ArgumentException">The policy renumbers positions and the sequence does not; see <see cref="SequenceOptions.Renumbers"/>.</exception>
    public IAttentionPolicy? Policy
    {
        get;
        set => field = value is { Renumbers: true } && !Renumbers
            ? throw new ArgumentException($"{value.GetType().Name} renumbers positions: the sequence's options must ask for raw keys and renumbering.", nameof(value))
            : value;
    }

    /// <summary>
    /// How many rows of the same prompt follow the next pass in later ones, for policies that act when a prompt is read. Said before each pass by whoever
    /// cuts a prompt in pieces; 0 again after the pass.
    /// </summary>
    public int RowsToCome { get; set; }

    // What a policy decided in a layer; carried out when the pass has succeeded.
    internal void Plan(int layer, KeepPlan plan)
    {
        ((KeyValueState)_states[layer]).Check(plan);
        _plans[layer] = plan;
    }

    private void CarryOutPlans()
    {
        for (var layer = 0; layer < _plans.Length; layer++)
        {
            if (_plans[layer] is { } plan) ((KeyValueState)_states[layer]).Compact(plan);
        }

        ForgetPlans();
    }

    private void ForgetPlans()
    {
        Array.Clear(_plans);
        RowsToCome = 0;
    }

    // Before anything is taken back: whether that can be done.
    private void TruncatePolicy(int length)
    {
        if (length > 0 && _states.Any(s => s is KeyValueState { HasDropped: true }))
            throw new NotSupportedException($"{Policy?.GetType().Name ?? "A plan"} has dropped slots of this sequence, so it can't go back to its first {length} tokens. Begin a new sequence, or go back to 0.");
        Policy?.Truncate(length);
    }
}
