namespace Tessera;

/// <summary>What a method changes on a token's way from text to text, and with it where its code lives.</summary>
public enum MethodStage
{
    /// <summary>How text is cut into tokens.</summary>
    Tokenizer,

    /// <summary>What of a prompt reaches the model.</summary>
    Prompt,

    /// <summary>How a score between two tokens is computed and normalised.</summary>
    AttentionRule,

    /// <summary>Which cached entries stay.</summary>
    Policy,

    /// <summary>Which cached entries are read this time.</summary>
    Selection,

    /// <summary>Which rows run through which layers.</summary>
    Schedule,

    /// <summary>Hidden states.</summary>
    Hook,

    /// <summary>The next token's distribution.</summary>
    Logits,

    /// <summary>How tokens are found: drafts, trees, cascades, beams.</summary>
    Strategy,

    /// <summary>Nothing: it tells something about the tokens or the model.</summary>
    Insight,

    /// <summary>What is learnt.</summary>
    Objective,
}
