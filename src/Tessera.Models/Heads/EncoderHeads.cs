using Tessera.Models.Modules;

namespace Tessera.Models.Heads;

/// <summary>The heads that an encoder's file has; those it does not have are null.</summary>
public sealed record EncoderHeads
{
    /// <summary>The pooler: a map of the first row, behind it tanh.</summary>
    public LinearMap? Pooler { get; init; }

    /// <summary>The masked-language-model head.</summary>
    public MaskedHead? Masked { get; init; }

    /// <summary>The next-sentence head, over the pooler's output.</summary>
    public LinearMap? NextSentence { get; init; }

    /// <summary>The classifier of tokens or of sequences.</summary>
    public ClassificationHead? Classifier { get; init; }

    /// <summary>ELECTRA's discriminator: one logit a token, above 0 where the token was put in by the generator.</summary>
    public ClassificationHead? Discriminator { get; init; }
}
