using Tessera.Tokenizers.Templates;

namespace Tessera.Generation;

/// <summary>
/// A conversation over a <see cref="Session"/>. Every turn writes the whole conversation down and lets the session run what is new. A
/// turn (the user's message and the answer) becomes part of the conversation when its enumeration ends, even early; a turn that brought
/// no text before it was ended leaves the conversation as it was. Single-threaded.
/// </summary>
/// <param name="session">The session; disposed by whoever made it.</param>
/// <param name="format">How the model wants conversations written down.</param>
/// <param name="defaults">Options for turns that are given none; they should hold the model's stop ids.</param>
public sealed class ChatSession(Session session, IChatFormat format, GenerationOptions? defaults = null)
{
    private readonly Session _session = session ?? throw new ArgumentNullException(nameof(session));
    private readonly IChatFormat _format = format ?? throw new ArgumentNullException(nameof(format));
    private readonly GenerationOptions _defaults = defaults ?? new GenerationOptions();
    private readonly List<ChatMessage> _messages = [];

    /// <summary>The conversation so far.</summary>
    public IReadOnlyList<ChatMessage> Messages => _messages;

    /// <summary>Adds a message without asking for an answer: a system message, or history from elsewhere.</summary>
    /// <param name="message">The message.</param>
    public void Add(ChatMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        _messages.Add(message);
    }

    /// <summary>Takes the last messages back, so that a turn can be said differently.</summary>
    /// <param name="count">How many messages to keep.</param>
    public void Truncate(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _messages.Count);
        _messages.RemoveRange(count, _messages.Count - count);
    }

    /// <summary>Says something and asks for an answer.</summary>
    /// <param name="message">What the user says.</param>
    /// <param name="options">Options of this turn; the session's defaults if null.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    /// <returns>The answer, to be enumerated once.</returns>
    /// <exception cref="TesseraException">The format refuses the conversation, or it does not fit the context.</exception>
    public Generation SendAsync(string message, GenerationOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        var said = new ChatMessage("user", message);
        var prompt = _format.Encode([.. _messages, said]);
        var run = _session.GenerateAsync([.. prompt], options ?? _defaults, cancellation);
        run.Ended = ended =>
        {
            if (ended.Stop == StopReason.Cancelled && ended.Text.Length == 0)
                return;
            _messages.Add(said);
            _messages.Add(new ChatMessage("assistant", ended.Text));
        };
        return run;
    }
}
