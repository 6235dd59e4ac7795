namespace Tessera.Generation;

/// <summary>Where locally typical sampling cuts exactly: its two published forms.</summary>
public enum TypicalRule
{
    /// <summary>At the token with which the mass is reached; tokens exactly as typical as that one stay.</summary>
    HuggingFace = 0,

    /// <summary>At the token with which the mass is exceeded; of equally typical ones the more probable come first, then the lower ids.</summary>
    LlamaCpp = 1,
}
