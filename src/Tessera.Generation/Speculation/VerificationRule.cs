namespace Tessera.Generation;

/// <summary>How drafted tokens are tested against the model's distributions. Under each rule the law of what is emitted is the model's own.</summary>
public enum VerificationRule
{
    /// <summary>A token is drawn from the model's row, and a drafted one that equals it is accepted. For any draft; needs no draft probabilities.</summary>
    SampleAndMatch = 0,

    /// <summary>
    /// Each child, drawn from the draft's row with replacement, is accepted with r(y)/d(y); after a rejection r becomes norm((r − d)⁺) (Leviathan et
    /// al. 2022 for one child, SpecInfer for several).
    /// </summary>
    WithReplacement = 1,

    /// <summary>The same for children drawn without replacement: after a rejection d(y) becomes 0 and d is normalised, too (Sequoia, DySpec).</summary>
    WithoutReplacement = 2,

    /// <summary>K-sequential selection (SpecTr): children drawn with replacement, accepted with q(y)/(ρ·d(y)), one residual at the end.</summary>
    KSequential = 3,

    /// <summary>The most probable token of the model's row, the lowest id on ties: temperature 0.</summary>
    Greedy = 4,
}
