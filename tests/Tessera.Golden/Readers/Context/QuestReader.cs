using Tessera.Context.Selection;
using Tessera.Models.Attention;

namespace Tessera.Golden;

/// <summary>Quest over stored keys: the bounds of each query head's chunks, which it reads, and what comes out.</summary>
internal sealed class QuestReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Input.Has("chunk") && @case.Input.Has("token_budget") && @case.Has("expected") && @case.Expected.Has("upper_bounds");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected, file) = (@case.Input, @case.Expected, @case.File);
        expected.Find("smallest_gap")?.Waive("tells how far apart the reference's bounds are");
        var (query, keys) = (input["q"].AsTensor().ToSingles(), input["k"].AsTensor());
        var heads = input["q"].Count;
        var quest = new Quest(input["token_budget"].AsInt(), input["chunk"].AsInt());
        using var attention = new StoredAttention(keys, keys, input["v"].AsTensor());
        attention.Run(0, keys.Shape[1], null);
        for (var head = 0; head < heads; head++)
        {
            var (size, kvHead) = (keys.Shape[2], head / (heads / keys.Shape[0]));
            var bounds = quest.Bounds(attention.State, kvHead, query.AsSpan(head * size, size));
            var chunks = quest.Choose(bounds);
            check.Tensor(expected["upper_bounds"][head], bounds, new Tolerance(file.Tolerance("scores")));
            check.SameIds(expected["chunks"][head], chunks);
            check.Equal(expected["newest_chunk_chosen"][head], chunks.Contains(bounds.Length - 1));

            // Each query head by itself: the heads of a group choose different chunks here.
            var slots = quest.SlotsOf(chunks, keys.Shape[1]);
            var lone = new float[attention.Heads * size];
            query.AsSpan(head * size, size).CopyTo(lone.AsSpan(kvHead * size));
            var output = attention.Read(lone, RowVisibility.FromSlots([slots]));
            check.Tensor(expected["output"][head], output.AsSpan(kvHead * attention.ValueSize, attention.ValueSize), new Tolerance(file.Tolerance("output")));
        }
    }
}
