namespace Tessera.Generation;

/// <summary>What becomes of the probability that a model gives to lists of tokens which no text has.</summary>
public enum ByteValidity
{
    /// <summary>It is shared out among the tokens that may follow, at every step: the probabilities of texts are then a distribution, exactly.</summary>
    Exact,

    /// <summary>It is left out, and bytes are normalised at the end alone, as the published program does with its slow mode.</summary>
    Masked,

    /// <summary>It counts: nothing is checked, and bytes are normalised at the end (the published program's fast mode).</summary>
    Off,
}
