namespace Tessera.Models.Passes;

/// <summary>The kinds of work that a pass consists of, for <see cref="PassProfile"/>.</summary>
public enum PassOperation
{
    /// <summary>Gathering embeddings, positions and types.</summary>
    Embed,

    /// <summary>Matrix products, the head's included.</summary>
    Linear,

    /// <summary>Norms.</summary>
    Norm,

    /// <summary>Rotation of queries and keys.</summary>
    Rotate,

    /// <summary>Attention: appending to the state, scores, weights, values.</summary>
    Attention,

    /// <summary>Activations and gates.</summary>
    Activation,

    /// <summary>Convolutions and scans of state-space layers.</summary>
    Scan,

    /// <summary>Residual additions and copies of rows.</summary>
    Residual,
}
