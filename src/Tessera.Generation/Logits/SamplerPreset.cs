using System.Collections.Immutable;

namespace Tessera.Generation;

/// <summary>
/// How a well-known tool combines the usual options: the order of the steps, which tokens its penalties count, what happens on ties, and
/// its defaults. The same numbers in another order keep other tokens: Hugging Face heats before it truncates, llama.cpp after.
/// </summary>
/// <param name="Name">The name shown to users.</param>
/// <param name="Order">The steps, first to last.</param>
/// <param name="RepetitionScope">Which tokens the repetition penalty counts.</param>
/// <param name="FrequencyScope">Which tokens the frequency and presence penalties count.</param>
/// <param name="TopKTies">Which tokens equal to the k-th stay.</param>
public sealed record SamplerPreset(
    string Name,
    ImmutableArray<SamplerStep> Order,
    PenaltyScope RepetitionScope,
    PenaltyScope FrequencyScope,
    TieRule TopKTies = TieRule.LowerIds)
{
    /// <summary>The order of transformers' <c>generate</c> (5.23): processors, temperature, truncation. Steps that it does not have stand where they make sense.</summary>
    public static SamplerPreset HuggingFace { get; } = new(
        "hugging-face",
        [SamplerStep.LogitBias, SamplerStep.RepetitionPenalty, SamplerStep.FrequencyPenalty, SamplerStep.NoRepeatNGram, SamplerStep.Dry,
            SamplerStep.TopNSigma, SamplerStep.Temperature, SamplerStep.TopH, SamplerStep.TopK, SamplerStep.TopP, SamplerStep.MinP,
            SamplerStep.Typical, SamplerStep.EpsilonCutoff, SamplerStep.EtaCutoff, SamplerStep.Xtc],
        PenaltyScope.PromptAndGenerated,
        PenaltyScope.Generated,
        TieRule.All);

    /// <summary>The default chain of llama.cpp: logit bias, penalties, truncation, temperature last.</summary>
    public static SamplerPreset LlamaCpp { get; } = new(
        "llama.cpp",
        [SamplerStep.LogitBias, SamplerStep.RepetitionPenalty, SamplerStep.FrequencyPenalty, SamplerStep.NoRepeatNGram, SamplerStep.Dry,
            SamplerStep.TopNSigma, SamplerStep.TopH, SamplerStep.TopK, SamplerStep.Typical, SamplerStep.TopP, SamplerStep.MinP,
            SamplerStep.EpsilonCutoff, SamplerStep.EtaCutoff, SamplerStep.Xtc, SamplerStep.Temperature],
        PenaltyScope.LastN,
        PenaltyScope.LastN);

    /// <summary>What OpenAI's interface offers: penalties over the generated text, bias, temperature, top-p. The other steps follow for those who set them.</summary>
    public static SamplerPreset OpenAI { get; } = new(
        "openai",
        [SamplerStep.RepetitionPenalty, SamplerStep.FrequencyPenalty, SamplerStep.NoRepeatNGram, SamplerStep.Dry, SamplerStep.LogitBias,
            SamplerStep.TopNSigma, SamplerStep.Temperature, SamplerStep.TopH, SamplerStep.TopK, SamplerStep.TopP, SamplerStep.MinP,
            SamplerStep.Typical, SamplerStep.EpsilonCutoff, SamplerStep.EtaCutoff, SamplerStep.Xtc],
        PenaltyScope.PromptAndGenerated,
        PenaltyScope.Generated);

    /// <summary>
    /// The options that the tool uses where its user sets none. Hugging Face: top-k 50. llama.cpp: temperature 0.8, top-k 40, top-p 0.95,
    /// min-p 0.05. OpenAI: temperature 1 and nothing else.
    /// </summary>
    public SamplingOptions Defaults => Name switch
    {
        "hugging-face" => new SamplingOptions { Preset = this, TopK = 50 },
        "llama.cpp" => new SamplingOptions { Preset = this, Temperature = 0.8, TopK = 40, TopP = 0.95, MinP = 0.05 },
        _ => new SamplingOptions { Preset = this },
    };
}
