namespace Tessera;

/// <summary>
/// What a random number is for. Part of its key, so that adding one use never shifts the numbers of another.
/// </summary>
public enum RandomPurpose
{
    /// <summary>The draw of the next token from its distribution.</summary>
    Sample = 0,

    /// <summary>Accepting or rejecting drafted tokens.</summary>
    Verify = 1,

    /// <summary>Initial values of weights.</summary>
    Initialise = 2,

    /// <summary>The order in which training data is visited.</summary>
    Shuffle = 3,

    /// <summary>Dropout masks.</summary>
    Dropout = 4,

    /// <summary>Random choices of a tokenizer, such as BPE dropout.</summary>
    Tokenize = 5,

    /// <summary>Choices inside a logits stage, other than the draw itself.</summary>
    Stage = 6,

    /// <summary>Which cached slots stay.</summary>
    Cache = 7,
}
