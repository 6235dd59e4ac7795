namespace Tessera.Generation;

/// <summary>What a session needs to know of a vocabulary to turn tokens into text.</summary>
public interface ITokenText
{
    /// <summary>The bytes that a token stands for. They need not be whole characters.</summary>
    /// <param name="id">The token id.</param>
    ReadOnlyMemory<byte> Bytes(int id);

    /// <summary>Whether a token steers the conversation (the end of a turn, say) and is no part of the text.</summary>
    /// <param name="id">The token id.</param>
    bool IsControl(int id);
}
