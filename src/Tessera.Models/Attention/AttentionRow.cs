namespace Tessera.Models.Attention;

/// <summary>One query row of one head, as an <see cref="AttentionRule"/> sees it.</summary>
public readonly ref struct AttentionRow
{
    /// <summary>Describes a row.</summary>
    public AttentionRow(int queryHead, int queryPosition, int visibleKeys, ReadOnlySpan<int> keyPositions)
    {
        QueryHead = queryHead;
        QueryPosition = queryPosition;
        VisibleKeys = visibleKeys;
        KeyPositions = keyPositions;
    }

    /// <summary>The query head.</summary>
    public int QueryHead { get; }

    /// <summary>The query's rotary position.</summary>
    public int QueryPosition { get; }

    /// <summary>How many keys the row sees in all, also where the strip at hand is a part of them.</summary>
    public int VisibleKeys { get; }

    /// <summary>The position of each key of the strip, in order; empty unless <see cref="AttentionRule.NeedsPositions"/>.</summary>
    public ReadOnlySpan<int> KeyPositions { get; }
}
