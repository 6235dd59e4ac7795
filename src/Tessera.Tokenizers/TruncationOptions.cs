namespace Tessera.Tokenizers;

/// <summary>How an encoding is shortened.</summary>
public sealed record TruncationOptions
{
    /// <summary>The most tokens, specials included. At least 0.</summary>
    public required int MaxLength { get; init; }

    /// <summary>How many tokens the windows of what is cut off share with their neighbours; smaller than what is left beside the specials. Default 0.</summary>
    public int Stride { get; init; }

    /// <summary>Which text of a pair gives way. Default the longer one.</summary>
    public TruncationStrategy Strategy { get; init; }

    /// <summary>Whether the start is cut off instead of the end. Default false.</summary>
    public bool Left { get; init; }
}
