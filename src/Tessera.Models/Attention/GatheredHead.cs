using Tessera.Models.State;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Attention;

/// <summary>
/// A copy in F32 of what one KV head of a span reads, made once per call where pages can't be read in place: chosen slots side by side, or raw
/// keys turned to the positions at which they are read.
/// </summary>
internal unsafe struct GatheredHead
{
    internal float* Keys; // pages of [head size, 32]
    internal float* Values; // [count, width]
    internal int* Positions;
    internal int* Tokens;
    internal int Count;

    internal static bool IsNeeded(in AttentionSpan span) => span.Visibility.Kind == VisibilityKind.Slots || span.State.Rotation is not null;

    /// <summary>How many slots a head of a span reads.</summary>
    internal static int CountOf(in AttentionSpan span, int kvHead)
    {
        var all = span.State.SlotCount(kvHead);
        return ListOf(span, kvHead) is { } list ? list.Length + (span.ReadOnly ? 0 : span.RowCount) : all;
    }

    /// <summary>The chosen slots of a head, or null where all are read.</summary>
    internal static int[]? ListOf(in AttentionSpan span, int kvHead)
    {
        var lists = span.Visibility.Slots;
        return lists is null ? null : lists[lists.Count == 1 ? 0 : kvHead];
    }

    /// <summary>The position at which a row's query is turned and read.</summary>
    internal static int QueryPosition(in AttentionSpan span, int kvHead, int row, int position) =>
        span.State is { Rotation: not null, Renumbers: true } ? CountOf(span, kvHead) - (span.ReadOnly ? 0 : span.RowCount) + row : position;

    /// <summary>Fills the copy.</summary>
    internal readonly void Fill(in AttentionSpan span, int kvHead)
    {
        var state = span.State;
        var (layout, slots, list) = (state.Pages, state.SlotsOf(kvHead), ListOf(span, kvHead));
        var (size, width) = (state.HeadSize, layout.Values.Width);
        var key = stackalloc float[size];
        for (var i = 0; i < Count; i++)
        {
            var slot = list is null ? i : i < list.Length ? list[i] : slots.Count - span.RowCount + (i - list.Length);
            var (page, lane) = (slots[slot / PagePlane.Slots], slot % PagePlane.Slots);
            layout.Keys.Read(PageLayout.KeysOf(page), lane, key);
            layout.Values.Read(layout.ValuesOf(page), lane, Values + (long)i * width);
            Positions[i] = state.Renumbers && state.Rotation is not null ? i : layout.Positions(page)[lane];
            Tokens[i] = layout.Tokens(page)[lane];
            state.Rotation?.Rotate(key, 1, size, Positions[i]);
            var target = Keys + (long)(i / PagePlane.Slots) * size * PagePlane.Slots + i % PagePlane.Slots;
            for (var d = 0; d < size; d++) target[d * PagePlane.Slots] = key[d];
        }
    }

    /// <summary>Makes the rotation's table reach every position that <see cref="Fill"/> and the queries will ask for.</summary>
    internal static void Reach(in AttentionSpan span, int* positions)
    {
        var state = span.State;
        if (state.Rotation is not { } table) return;
        var highest = 0;
        for (var r = 0; r < span.RowCount && !state.Renumbers; r++) highest = Math.Max(highest, positions[r]);
        for (var head = 0; head < state.Heads; head++)
        {
            highest = Math.Max(highest, state.SlotCount(head)); // renumbered positions stay below it
            if (state.Renumbers) continue;
            for (var slot = 0; slot < state.SlotCount(head); slot++) highest = Math.Max(highest, state.PositionOf(head, slot));
        }

        table.Reach(highest);
    }
}
