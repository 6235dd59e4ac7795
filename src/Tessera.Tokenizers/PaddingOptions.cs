namespace Tessera.Tokenizers;

/// <summary>How encodings are filled up.</summary>
public sealed record PaddingOptions
{
    /// <summary>The length to fill up to; null (default) for the longest of the batch.</summary>
    public int? Length { get; init; }

    /// <summary>Rounds the length up to a multiple; null or 0 (default) for no rounding.</summary>
    public int? MultipleOf { get; init; }

    /// <summary>Whether padding goes in front. Default false.</summary>
    public bool Left { get; init; }

    /// <summary>The padding's id. Default 0.</summary>
    public int PadId { get; init; }

    /// <summary>The padding's token type. Default 0.</summary>
    public int PadTypeId { get; init; }

    /// <summary>The padding's token. Default <c>[PAD]</c>.</summary>
    public string PadToken { get; init; } = "[PAD]";
}
