namespace Tessera.Context.Selection;

/// <summary>What <see cref="TokenSelect"/> chose for one layer and chunk.</summary>
/// <param name="Probe">The mean of the chunk's rotated queries, [query heads · head size].</param>
/// <param name="Vote">The heads' vote for each candidate, pooled where that is asked for; empty where an earlier choice was used again.</param>
/// <param name="Selected">The candidates that were chosen, ascending.</param>
/// <param name="Slots">All slots that are read, ascending: the first ones, the chosen ones, the last ones that were cached before the chunk.</param>
public sealed record TokenSelection(float[] Probe, float[] Vote, int[] Selected, int[] Slots);
