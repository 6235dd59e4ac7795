namespace Tessera.Generation;

/// <summary>
/// How the next token is chosen. Every option is off by default, so that an empty record draws from the model's own distribution; a
/// property that is given a value outside its range throws an <see cref="ArgumentOutOfRangeException"/> that names it.
/// </summary>
public sealed record SamplingOptions
{
    /// <summary>The most probable token, always; the lowest id on ties.</summary>
    public static SamplingOptions Greedy { get; } = new() { Temperature = 0 };

    /// <summary>Order of the steps, scopes of the penalties and rules for ties. Default <see cref="SamplerPreset.HuggingFace"/>.</summary>
    public SamplerPreset Preset { get; init => field = value ?? throw new ArgumentNullException(nameof(Preset)); } = SamplerPreset.HuggingFace;

    /// <summary>Divisor of the logits, at least 0; 0 is greedy. Default 1.</summary>
    public double Temperature { get; init => field = Require.NotNegative(value, nameof(Temperature)); } = 1;

    /// <summary>Number of most probable tokens that stay; 0, the default, keeps all.</summary>
    public int TopK { get; init => field = Require.AtLeast(value, 0, nameof(TopK)); }

    /// <summary>Probability of the most probable tokens that stay, in [0, 1]. Default 1, which keeps all.</summary>
    public double TopP { get; init => field = Require.InRange(value, 0, 1, nameof(TopP)); } = 1;

    /// <summary>Smallest probability that stays, as a share of the best token's; at least 0. Default 0, which keeps all.</summary>
    public double MinP { get; init => field = Require.NotNegative(value, nameof(MinP)); }

    /// <summary>Tokens that top-p and min-p leave in any case. Default 1.</summary>
    public int MinKeep { get; init => field = Require.AtLeast(value, 1, nameof(MinKeep)); } = 1;

    /// <summary>Divisor of positive and factor of negative logits of tokens that have occurred; above 0. Default 1, which changes nothing.</summary>
    public double RepetitionPenalty { get; init => field = Require.Positive(value, nameof(RepetitionPenalty)); } = 1;

    /// <summary>Taken off the logit of a token for each of its occurrences. Default 0.</summary>
    public double FrequencyPenalty { get; init => field = Require.Finite(value, nameof(FrequencyPenalty)); }

    /// <summary>Taken off the logit of a token that has occurred. Default 0.</summary>
    public double PresencePenalty { get; init => field = Require.Finite(value, nameof(PresencePenalty)); }

    /// <summary>Which tokens all penalties count; null, the default, leaves it to the preset.</summary>
    public PenaltyScope? PenaltyScope { get; init; }

    /// <summary>Length of the window of <see cref="PenaltyScope.LastN"/>, in tokens. Default 64, llama.cpp's.</summary>
    public int PenaltyLastN { get; init => field = Require.AtLeast(value, 0, nameof(PenaltyLastN)); } = 64;

    /// <summary>Numbers added to the logits of tokens, −∞ to ban one; null, the default, for none.</summary>
    public IReadOnlyDictionary<int, float>? LogitBias { get; init; }

    /// <summary>Seed of the draws; the same seed gives the same tokens whatever else runs. Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>The stages that these options ask for, in the preset's order.</summary>
    internal List<LogitsStage> BuildStages()
    {
        var stages = new List<LogitsStage>();
        foreach (var step in Preset.Order)
        {
            if (Build(step) is { } stage)
                stages.Add(stage);
        }

        return stages;
    }

    private LogitsStage? Build(SamplerStep step) => step switch
    {
        SamplerStep.LogitBias => LogitBias is { Count: > 0 } bias ? new LogitBias(bias) : null,
        SamplerStep.RepetitionPenalty => RepetitionPenalty == 1
            ? null
            : new RepetitionPenalty(RepetitionPenalty, Window(Preset.RepetitionScope)),
        SamplerStep.FrequencyPenalty => FrequencyPenalty == 0 && PresencePenalty == 0
            ? null
            : new FrequencyPenalty(FrequencyPenalty, PresencePenalty, Window(Preset.FrequencyScope)),
        SamplerStep.TopK => TopK == 0 ? null : new TopKSampler(TopK, Preset.TopKTies),
        SamplerStep.TopP => TopP == 1 ? null : new TopPSampler(TopP, MinKeep),
        SamplerStep.MinP => MinP == 0 ? null : new MinPSampler(MinP, MinKeep),
        SamplerStep.Temperature => Temperature == 1 ? null : new TemperatureSampler(Temperature),
        _ => throw new ArgumentOutOfRangeException(nameof(step), step, "The preset's order holds a step that does not exist."),
    };

    private PenaltyWindow Window(PenaltyScope scope) => new(PenaltyScope ?? scope, PenaltyLastN);
}
