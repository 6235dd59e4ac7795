using FsCheck.Xunit;
using Tessera.Tokenizers.Bpe;

namespace Tessera.Tokenizers.Tests.Bpe;

/// <summary>The table of merges and, where they fit none, the look-up by halving against a dictionary.</summary>
public sealed unsafe class MergeTableTests
{
    private const int Common = 24_576; // ranks of the table that is asked first

    [Property]
    public void EveryPairHasTheRankAndResultOfItsLastMerge(ushort seed, bool wide)
    {
        var random = new Random(seed);
        var ids = wide ? 1 << 20 : 50;
        var count = random.Next(2_000);
        var results = new Dictionary<int, int>();
        var merges = new Merge[count];
        for (var i = 0; i < count; i++)
        {
            var rank = random.Next(wide ? Common + 3 * count : count);
            if (!results.TryGetValue(rank, out var result)) results[rank] = result = random.Next(ids);
            merges[i] = new Merge(random.Next(ids), random.Next(ids), rank, result);
        }

        var table = Create(merges).ShouldNotBeNull();
        Agrees(merges, ids, (left, right) => table.Find(left, right) is not MergeTable.None and var rank ? (rank, table.ResultOf(rank)) : null);
    }

    [Fact]
    public void APairThatMovesFromRareToCommonIsFoundOnce()
    {
        Merge[] merges = [new(1, 2, Common + 5, 7), new(1, 2, 3, 8), new(4, 5, 2, 9), new(4, 5, Common + 1, 6)];
        var table = Create(merges).ShouldNotBeNull();
        table.Find(1, 2).ShouldBe(3);
        table.ResultOf(3).ShouldBe(8);
        table.Find(4, 5).ShouldBe(Common + 1);
        table.ResultOf(Common + 1).ShouldBe(6);
    }

    [Fact]
    public void ResultsThatFollowEachOtherAndThoseThatDoNotAreTold()
    {
        var merges = new Merge[30_000];
        for (var i = 0; i < merges.Length; i++) merges[i] = new Merge(i / 173, i % 173, i, 256 + i);
        foreach (var exception in (int[])[-1, 0, 17, merges.Length - 1])
        {
            if (exception >= 0) merges[exception] = merges[exception] with { Result = 9 };
            var table = Create(merges).ShouldNotBeNull();
            foreach (var merge in merges)
            {
                table.Find(merge.Left, merge.Right).ShouldBe(merge.Rank);
                table.ResultOf(merge.Rank).ShouldBe(merge.Result);
            }
        }
    }

    [Fact]
    public void WhatFitsNoTableIsLookedUpByHalving()
    {
        // Pieces of equal score share a rank and make different tokens; ids and ranks of 22 bits are too wide together.
        Merge[] shared = [new(1, 2, 0, 5), new(3, 4, 0, 6), new(5, 6, 1, 7), new(1, 2, 4, 8)];
        Merge[] wide = [new(1 << 21, 1 << 21, 0, 5), new(3, 4, 1 << 21, 6), new(1 << 21, 4, 17, 1 << 21)];
        foreach (var merges in (Merge[][])[shared, wide])
        {
            Create(merges).ShouldBeNull();
            var lookup = new MergeLookup(merges);
            lookup.Table.ShouldBeNull();
            Agrees(merges, 10, (left, right) => lookup.Rank(left, right, out var result) is not int.MaxValue and var rank ? (rank, result) : null);
        }
    }

    [Fact]
    public void NoMergesAreATableThatFindsNothing()
    {
        var table = Create([]).ShouldNotBeNull();
        table.HighestRank.ShouldBe(-1);
        table.Find(0, 0).ShouldBe(MergeTable.None);
    }

    private static MergeTable? Create(Merge[] merges)
    {
        fixed (Merge* first = merges) return MergeTable.TryCreate(first, merges.Length);
    }

    private static void Agrees(Merge[] merges, int ids, Func<int, int, (int Rank, int Result)?> find)
    {
        var expected = new Dictionary<(int, int), (int, int)>();
        foreach (var (left, right, rank, result) in merges) expected[(left, right)] = (rank, result);
        foreach (var ((left, right), value) in expected) find(left, right).ShouldBe(value);
        for (var i = 0; i < 2_000; i++)
        {
            var (left, right) = (i * 7_919 % (3 * ids), i * 104_729 % (3 * ids)); // tokens that no merge knows, too
            if (!expected.ContainsKey((left, right))) find(left, right).ShouldBeNull();
        }
    }
}
