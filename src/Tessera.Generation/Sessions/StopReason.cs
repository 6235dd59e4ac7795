namespace Tessera.Generation;

/// <summary>Why a generation ended.</summary>
public enum StopReason
{
    /// <summary>The model chose one of the stop ids, as a rule its end-of-text token.</summary>
    EndOfText = 0,

    /// <summary>The text came to hold a stop string.</summary>
    StopString = 1,

    /// <summary>As many tokens as asked for were generated.</summary>
    MaxTokens = 2,

    /// <summary>The sequence holds as many tokens as the model can. Nothing is ever dropped to make room.</summary>
    ContextFull = 3,

    /// <summary>The caller cancelled, or stopped reading.</summary>
    Cancelled = 4,
}
