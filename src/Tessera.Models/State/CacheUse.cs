namespace Tessera.Models.State;

/// <summary>What a sequence's attention layers hold of its tokens: how many slots each KV head kept, and what that saves.</summary>
/// <param name="Tokens">Tokens of the sequence.</param>
/// <param name="Kept">For each attention layer, for each KV head, the slots that it holds.</param>
/// <param name="Bytes">Bytes of all states, recurrent ones included.</param>
/// <param name="FullBytes">What they would be if no slot had been dropped.</param>
public sealed record CacheUse(int Tokens, IReadOnlyList<int[]> Kept, long Bytes, long FullBytes)
{
    /// <summary>Reads a sequence.</summary>
    /// <param name="sequence">The sequence.</param>
    public static CacheUse Of(Sequence sequence)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        var kept = new List<int[]>();
        long full = 0;
        foreach (var state in sequence.States)
        {
            full += state is KeyValueState { HasDropped: true } dropped ? dropped.FullBytes : state.Bytes;
            if (state is KeyValueState cache) kept.Add([.. Enumerable.Range(0, cache.Heads).Select(cache.SlotCount)]);
        }

        return new CacheUse(sequence.Length, kept, sequence.Bytes, full);
    }

    /// <summary>The fewest slots that a head holds.</summary>
    public int LeastKept => Kept.Count == 0 ? 0 : Kept.Min(heads => heads.Min());

    /// <summary>The most slots that a head holds.</summary>
    public int MostKept => Kept.Count == 0 ? 0 : Kept.Max(heads => heads.Max());

    /// <summary>Slots that a head holds on average.</summary>
    public double MeanKept => Kept.Count == 0 ? 0 : Kept.Average(heads => heads.Average());
}
