namespace Tessera.Tokenizers;

/// <summary>Which text of a pair is shortened.</summary>
public enum TruncationStrategy
{
    /// <summary>The longer one first.</summary>
    LongestFirst,

    /// <summary>Only the first; an error if it is too short for that.</summary>
    OnlyFirst,

    /// <summary>Only the second; an error if there is none or it is too short for that.</summary>
    OnlySecond,
}
