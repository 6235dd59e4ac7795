namespace Tessera.Generation;

/// <summary>The two published forms of Mirostat.</summary>
public enum MirostatVersion
{
    /// <summary>Top-k with a k that is computed from an estimate of the distribution's Zipf exponent.</summary>
    V1 = 1,

    /// <summary>Drops every token whose surprisal exceeds the current bound.</summary>
    V2 = 2,
}
