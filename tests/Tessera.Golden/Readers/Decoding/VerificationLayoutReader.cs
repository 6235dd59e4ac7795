using Tessera.Models.State;

namespace Tessera.Golden;

/// <summary>Where the rows of a draft tree stand, whom they see, and what becomes of the cache when a path is accepted, on a real state.</summary>
internal sealed class VerificationLayoutReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method == "speculative-verification" && @case.Has("input") && @case.Input.Find("kind")?.AsString() == "layout";

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        int[] parents = [-1, .. input["parents"].AsInts().Select(static p => p + 1)]; // row 0 is the root
        var prefix = input["prefix_length"].AsInt();
        var accepted = input["accepted_batch_indices"].AsInts();
        var tree = new Generation.DraftTree();
        tree.Set(new int[parents.Length], parents, prefix);
        check.SameIds(expected["positions"], tree.Positions);
        var visible = expected["visible_tree_rows"].AsIntRows();
        for (var row = 0; row < parents.Length; row++)
        {
            int[] seen = [.. Enumerable.Range(0, parents.Length).Where(other => tree.Visibility.Sees(row, other))];
            check.That(visible[row].SequenceEqual(seen), $"{expected["visible_tree_rows"].Path}[{row}]", string.Join(',', visible[row]), string.Join(',', seen));
        }

        // A slot's key says where it came from.
        using var state = new KeyValueState(1, 1, options: KeyValueOptions.Full);
        var slots = Enumerable.Range(0, prefix + parents.Length).Select(static i => (float)i).ToArray();
        if (prefix > 0) state.Append(slots.AsSpan(0, prefix), slots.AsSpan(0, prefix), [.. Enumerable.Range(0, prefix)]);
        state.Append(slots.AsSpan(prefix), slots.AsSpan(prefix), tree.Positions);
        tree.Check(accepted);
        state.CommitPath(accepted);
        check.Equal(expected["cache_length_after"], state.Length);
        var copies = new List<string>();
        var key = new float[1];
        for (var slot = 0; slot < state.SlotCount(0); slot++)
        {
            state.ReadKey(0, slot, key);
            if ((int)key[0] != slot) copies.Add($"{(int)key[0]}>{slot}");
        }

        var wanted = string.Join(' ', expected["copies"].AsIntRows().Select(static c => $"{c[0]}>{c[1]}"));
        check.That(wanted == string.Join(' ', copies), expected["copies"].Path, wanted, string.Join(' ', copies));
    }
}
