namespace Tessera.Tokenizers.Bpe;

/// <content>The merge loops. They give the same tokens; which one runs is a matter of speed.</content>
internal sealed partial class BpeModel
{
    /// <summary>Scans all pairs for the lowest rank, joins, closes the gap. Quadratic, and fastest for a few dozen symbols.</summary>
    private void MergeByScan(BpeScratch scratch)
    {
        var count = scratch.Count;
        var symbols = scratch.Symbols.AsSpan(0, count);
        var lengths = scratch.Lengths.AsSpan(0, count);
        var ranks = scratch.Ranks.AsSpan(0, count);
        var results = scratch.Results.AsSpan(0, count);
        for (var i = 0; i + 1 < count; i++) ranks[i] = _merges.Rank(symbols[i], symbols[i + 1], out results[i]);
        while (count > 1)
        {
            var (best, bestRank) = (0, int.MaxValue);
            for (var i = 0; i + 1 < count; i++)
            {
                if (ranks[i] < bestRank) (best, bestRank) = (i, ranks[i]);
            }

            if (bestRank == int.MaxValue) break;
            symbols[best] = results[best];
            lengths[best] += lengths[best + 1];
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            lengths[(best + 2)..count].CopyTo(lengths[(best + 1)..]);
            ranks[(best + 2)..count].CopyTo(ranks[(best + 1)..]);
            results[(best + 2)..count].CopyTo(results[(best + 1)..]);
            count--;
            if (best > 0) ranks[best - 1] = _merges.Rank(symbols[best - 1], symbols[best], out results[best - 1]);
            if (best + 1 < count) ranks[best] = _merges.Rank(symbols[best], symbols[best + 1], out results[best]);
        }

        scratch.Count = count;
    }

    /// <summary>Candidates in a heap by (rank, position), symbols in a linked list; a candidate whose pair has changed is passed over.</summary>
    private void MergeByHeap(BpeScratch scratch)
    {
        var (next, previous) = Link(scratch);
        while (scratch.Candidates.Count > 0) Join(scratch, scratch.Candidates.Pop(), next, previous);
    }

    /// <summary>
    /// BPE dropout (Provilkov et al., arXiv 1910.13267) in the order of the original: a popped candidate is set aside with the given
    /// probability; the next one that is not puts everything set aside back first, even if it turns out to be stale.
    /// </summary>
    private void MergeWithDropout(EncodeScratch scratch, double probability)
    {
        var bpe = scratch.Bpe;
        var key = scratch.Dropout ?? new RandomKey(0, 0, 0, RandomPurpose.Tokenize);
        var (next, previous) = Link(bpe);
        bpe.SetAside.Clear();
        while (bpe.Candidates.Count > 0)
        {
            var candidate = bpe.Candidates.Pop();
            if (key.Uniform(scratch.Draws++) < probability)
            {
                bpe.SetAside.Add(candidate);
                continue;
            }

            foreach (var waiting in bpe.SetAside) bpe.Candidates.Push(waiting);
            bpe.SetAside.Clear();
            Join(bpe, candidate, next, previous);
        }
    }

    private (int[] Next, int[] Previous) Link(BpeScratch scratch)
    {
        var (next, previous) = (scratch.Ranks, scratch.Results);
        scratch.Candidates.Clear();
        for (var i = 0; i < scratch.Count; i++)
        {
            next[i] = i + 1 < scratch.Count ? i + 1 : -1;
            previous[i] = i - 1;
        }

        for (var i = 0; i + 1 < scratch.Count; i++) Propose(scratch, i, i + 1);
        return (next, previous);
    }

    private void Propose(BpeScratch scratch, int left, int right)
    {
        var rank = _merges.Rank(scratch.Symbols[left], scratch.Symbols[right], out _);
        if (rank != int.MaxValue) scratch.Candidates.Push((ulong)(uint)rank << 32 | (uint)left);
    }

    private void Join(BpeScratch scratch, ulong candidate, int[] next, int[] previous)
    {
        var left = (int)(uint)candidate;
        var right = next[left];
        if (scratch.Symbols[left] < 0 || right < 0) return;
        if (_merges.Rank(scratch.Symbols[left], scratch.Symbols[right], out var result) != (int)(candidate >> 32)) return;
        scratch.Symbols[left] = result;
        scratch.Lengths[left] += scratch.Lengths[right];
        scratch.Symbols[right] = -1;
        next[left] = next[right];
        if (next[right] >= 0) previous[next[right]] = left;
        if (previous[left] >= 0) Propose(scratch, previous[left], left);
        if (next[left] >= 0) Propose(scratch, left, next[left]);
    }
}
