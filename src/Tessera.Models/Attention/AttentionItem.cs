namespace Tessera.Models.Attention;

/// <summary>A piece of an attention call that one thread computes: some rows of a sequence with some query heads of one KV head.</summary>
internal unsafe struct AttentionItem
{
    internal int Span;
    internal int KvHead;
    internal int FirstToken;
    internal int Tokens;
    internal int FirstGroup;
    internal int Groups;

    // Whether the item stands for all rows of its heads, which are looked at in order.
    internal bool IsObserved;

    // A copy to read instead of the state's pages, or null.
    internal GatheredHead* Gathered;

    // Where a row's keys are split between threads: which part of 1,024 visible keys, and where its sums go.
    internal int Part;
    internal float* Partial;

    internal readonly bool IsPart => Partial is not null;

    internal readonly int Queries => Tokens * Groups;
}
