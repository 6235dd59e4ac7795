using Tessera.Tokenizers.Templates;

namespace Tessera.Generation;

/// <summary>How a model wants a conversation written down as tokens.</summary>
public interface IChatFormat
{
    /// <summary>Writes a conversation down, ready for the model's next message.</summary>
    /// <param name="messages">The conversation so far.</param>
    /// <returns>The whole prompt, from the first token on.</returns>
    /// <exception cref="TesseraException">The format refuses the conversation (roles that do not alternate, say).</exception>
    IReadOnlyList<int> Encode(IReadOnlyList<ChatMessage> messages);
}
