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

    /// <summary><see cref="TopKSampler"/>.</summary>
    TopK,

    /// <summary><see cref="TopPSampler"/>.</summary>
    TopP,

    /// <summary><see cref="MinPSampler"/>.</summary>
    MinP,

    /// <summary><see cref="TemperatureSampler"/>.</summary>
    Temperature,
}
