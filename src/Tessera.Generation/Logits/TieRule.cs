namespace Tessera.Generation;

/// <summary>Which of several tokens with the very same logit stay where a cut falls between them.</summary>
public enum TieRule
{
    /// <summary>Those with the lower ids: a total order, the same on every machine. The default.</summary>
    LowerIds = 0,

    /// <summary>All of them, as top-k does in Hugging Face transformers.</summary>
    All = 1,
}
