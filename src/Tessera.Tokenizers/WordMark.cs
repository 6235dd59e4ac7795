namespace Tessera.Tokenizers;

/// <summary>What stands in front of a piece for the model and is not written in the text: SentencePiece's U+2581, in place of a blank or put in.</summary>
/// <param name="Length">Its length in bytes; 0 for nothing.</param>
/// <param name="Before">How many bytes before the piece it stands for: 1 for a blank; where it was put in 0, and then it stands for the piece's first byte.</param>
internal readonly record struct WordMark(int Length, int Before)
{
    /// <summary>Nothing.</summary>
    public static WordMark None => default;

    /// <summary>In place of the blank before the piece.</summary>
    public static WordMark ForBlank => new(3, 1);

    /// <summary>Put in before the piece.</summary>
    public static WordMark PutIn => new(3, 0);

    /// <summary>The mark.</summary>
    public ReadOnlySpan<byte> Text => "▁"u8[..Length];

    /// <summary>Where its source starts, for a piece at a place.</summary>
    public int Start(int piece) => piece - Before;

    /// <summary>Where its source ends at least.</summary>
    public int LeastEnd(int piece) => piece + (Length > 0 ? 1 - Before : 0);
}
