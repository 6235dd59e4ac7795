namespace Tessera.Models.Architectures;

/// <summary>What a layer is made of.</summary>
public enum LayerKind
{
    /// <summary>Attention and feed-forward.</summary>
    Transformer,

    /// <summary>A selective state space (Gu and Dao, 2023).</summary>
    Mamba,
}
