namespace Tessera.Models.Attention;

/// <summary>How the query heads that share a KV head become one figure.</summary>
public enum GroupReduction
{
    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>The largest.</summary>
    Max,
}
