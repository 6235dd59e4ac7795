namespace Tessera.Generation;

/// <summary>How a token came about.</summary>
public enum TokenOrigin
{
    /// <summary>Drawn from the model's distribution at its own position, one pass for one token.</summary>
    Sampled = 0,

    /// <summary>Drafted, and verified by a pass that was run for several tokens: it cost no pass of its own.</summary>
    Accepted = 1,
}
