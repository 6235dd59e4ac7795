namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>Takes the texts of tokens one after the other, each in one or more parts. A part never ends inside a character.</summary>
internal abstract class TextSink
{
    /// <summary>Whether the text is read while it is written; otherwise nobody looks before the end.</summary>
    public abstract bool IsLive { get; }

    /// <summary>Whether bytes were taken of a character whose other bytes were not.</summary>
    public abstract bool IsInsideCharacter { get; }

    /// <summary>Takes a part of a token's text.</summary>
    /// <param name="part">The part; may be empty.</param>
    /// <param name="ends">Whether the token ends with it.</param>
    public abstract void Write(string part, bool ends);

    /// <summary>Takes note that no token follows.</summary>
    public abstract void End();
}
