namespace Tessera.Generation;

/// <summary>A place in a sampler's order. A step whose option is off costs nothing.</summary>
public enum SamplerStep
{
    /// <summary><see cref="Tessera.Generation.LogitBias"/>.</summary>
    LogitBias,

    /// <summary><see cref="Tessera.Generation.RepetitionPenalty"/>.</summary>
    RepetitionPenalty,

    /// <summary><see cref="Tessera.Generation.FrequencyPenalty"/>: frequency and presence.</summary>
    FrequencyPenalty,

    /// <summary><see cref="Tessera.Generation.NoRepeatNGram"/>.</summary>
    NoRepeatNGram,

    /// <summary><see cref="DryPenalty"/>.</summary>
    Dry,

    /// <summary><see cref="TopNSigmaSampler"/>.</summary>
    TopNSigma,

    /// <summary><see cref="TopHSampler"/>.</summary>
    TopH,

    /// <summary><see cref="TopKSampler"/>.</summary>
    TopK,

    /// <summary><see cref="TypicalSampler"/>.</summary>
    Typical,

    /// <summary><see cref="TopPSampler"/>.</summary>
    TopP,

    /// <summary><see cref="MinPSampler"/>.</summary>
    MinP,

    /// <summary><see cref="EpsilonSampler"/>.</summary>
    EpsilonCutoff,

    /// <summary><see cref="EtaSampler"/>.</summary>
    EtaCutoff,

    /// <summary><see cref="XtcSampler"/>.</summary>
    Xtc,

    /// <summary><see cref="TemperatureSampler"/>, or <see cref="DynamicTemperatureSampler"/> where a range is given.</summary>
    Temperature,
}
