namespace Tessera.Models;

/// <summary>
/// A row of logits describes no distribution: an entry is NaN or +∞, or no entry is left above −∞. Names the position, so that the
/// token that led there can be found.
/// </summary>
public sealed class LogitsException : TesseraException
{
    /// <summary>Creates the exception; the message reads <c>position P: reason</c>.</summary>
    /// <param name="position">Position of the token that the row predicts, from 0; −1 where the caller gave none.</param>
    /// <param name="reason">What is wrong with the row.</param>
    public LogitsException(int position, string reason)
        : base(position < 0 ? $"Logits: {reason}" : $"Logits for position {position}: {reason}")
    {
        Position = position;
        Reason = reason;
    }

    /// <summary>Position of the token that the row predicts, from 0; −1 where it is not known.</summary>
    public int Position { get; }

    /// <summary>What is wrong with the row.</summary>
    public string Reason { get; }
}
