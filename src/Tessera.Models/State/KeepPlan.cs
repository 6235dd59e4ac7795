namespace Tessera.Models.State;

/// <summary>
/// Which slots of a <see cref="KeyValueState"/> stay, for each KV head, and what keys and values they have from then on. Made by
/// policies; the state carries it out or refuses it whole.
/// </summary>
public sealed class KeepPlan
{
    /// <summary>A plan with a list for each head.</summary>
    /// <param name="slots">For each KV head the slots that stay, strictly increasing; at least one slot in each.</param>
    public KeepPlan(IReadOnlyList<int[]> slots)
    {
        ArgumentNullException.ThrowIfNull(slots);
        Slots = slots;
    }

    /// <summary>For each KV head the slots that stay.</summary>
    public IReadOnlyList<int[]> Slots { get; }

    /// <summary>For each KV head the keys that replace those of the kept slots, [kept, head size], or null to leave a head's keys; null for all heads.</summary>
    public IReadOnlyList<float[]?>? Keys { get; init; }

    /// <summary>For each KV head the values that replace those of the kept slots, [kept, value size]; null as for keys.</summary>
    public IReadOnlyList<float[]?>? Values { get; init; }

    /// <summary>A plan that keeps the same slots in every head.</summary>
    public static KeepPlan Same(int heads, int[] slots) => new(Enumerable.Repeat(slots, heads).ToArray());
}
