namespace Tessera.Models.Architectures;

/// <summary>Which norm queries and keys pass through before rotation.</summary>
public enum QueryKeyNorm
{
    /// <summary>None.</summary>
    None,

    /// <summary>One norm of head size for every head (Qwen 3, Gemma 3).</summary>
    PerHead,

    /// <summary>One norm over all heads of a row (OLMo 2).</summary>
    WholeRow,

    /// <summary>Every head's vector is divided by its length: dot products are cosines, and nothing is learnt (LSSAR).</summary>
    Unit,
}
