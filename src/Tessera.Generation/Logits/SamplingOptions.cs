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

    /// <summary>Probability of the tokens nearest to the entropy that stay, in (0, 1]. Default 1, which keeps all. The cut is the preset's.</summary>
    public double TypicalP { get; init => field = Require.Positive(Require.InRange(value, 0, 1, nameof(TypicalP)), nameof(TypicalP)); } = 1;

    /// <summary>Smallest probability that stays, as a share of the best token's; at least 0. Default 0, which keeps all.</summary>
    public double MinP { get; init => field = Require.NotNegative(value, nameof(MinP)); }

    /// <summary>Tokens that top-p, typical, min-p, the cutoffs and the exclusion of top choices leave in any case. Default 1.</summary>
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

    /// <summary>How far the temperature may go down and up with the model's certainty; 0, the default, keeps it fixed.</summary>
    public double DynamicTemperatureRange { get; init => field = Require.NotNegative(value, nameof(DynamicTemperatureRange)); }

    /// <summary>Bend of the dynamic temperature, above 0. Default 1.</summary>
    public double DynamicTemperatureExponent { get; init => field = Require.Positive(value, nameof(DynamicTemperatureExponent)); } = 1;

    /// <summary>Standard deviations below the best logit that stay; 0, the default, keeps all.</summary>
    public double TopNSigma { get; init => field = Require.NotNegative(value, nameof(TopNSigma)); }

    /// <summary>Share of the entropy that stays, in [0, 1]; 0, the default, keeps all.</summary>
    public double TopH { get; init => field = Require.InRange(value, 0, 1, nameof(TopH)); }

    /// <summary>Smallest probability that stays, in [0, 1); 0, the default, keeps all.</summary>
    public double EpsilonCutoff { get; init => field = Require.InRange(value, 0, 1, nameof(EpsilonCutoff)); }

    /// <summary>The ε of eta sampling, in [0, 1); 0, the default, keeps all.</summary>
    public double EtaCutoff { get; init => field = Require.InRange(value, 0, 1, nameof(EtaCutoff)); }

    /// <summary>How often the top choices are excluded, in [0, 1]. Default 0.</summary>
    public double XtcProbability { get; init => field = Require.InRange(value, 0, 1, nameof(XtcProbability)); }

    /// <summary>Probability from which a token counts as a top choice, in [0, 1]. Default 0.1.</summary>
    public double XtcThreshold { get; init => field = Require.InRange(value, 0, 1, nameof(XtcThreshold)); } = 0.1;

    /// <summary>Tokens that are never excluded as top choices; null, the default, for none.</summary>
    public IReadOnlyList<int>? XtcExempt { get; init; }

    /// <summary>Length of n-grams that must not come twice; 0, the default, for no such rule.</summary>
    public int NoRepeatNGram { get; init => field = Require.AtLeast(value, 0, nameof(NoRepeatNGram)); }

    /// <summary>Penalty on continuing a repetition, at least 0; 0, the default, for none.</summary>
    public double DryMultiplier { get; init => field = Require.NotNegative(value, nameof(DryMultiplier)); }

    /// <summary>Growth of that penalty with each further token, at least 1. Default 1.75.</summary>
    public double DryBase { get; init => field = Require.InRange(value, 1, float.MaxValue, nameof(DryBase)); } = 1.75;

    /// <summary>Repetitions shorter than this are free, at least 1. Default 2.</summary>
    public int DryAllowedLength { get; init => field = Require.AtLeast(value, 1, nameof(DryAllowedLength)); } = 2;

    /// <summary>Tokens in which repetitions are looked for; −1 for the whole sequence. Default 64.</summary>
    public int DryLastN { get; init => field = Require.AtLeast(value, -1, nameof(DryLastN)); } = 64;

    /// <summary>Token sequences over which a repetition does not reach; null, the default, for none.</summary>
    public IReadOnlyList<IReadOnlyList<int>>? DryBreakers { get; init; }

    /// <summary>Steers surprisal instead of truncating: only bias, temperature and mirostat run then, as in llama.cpp. Default null: off.</summary>
    public MirostatVersion? Mirostat { get; init; }

    /// <summary>Mirostat's target surprisal in bits, above 0. Default 5.</summary>
    public double MirostatTau { get; init => field = Require.Positive(value, nameof(MirostatTau)); } = 5;

    /// <summary>Mirostat's rate, above 0. Default 0.1.</summary>
    public double MirostatEta { get; init => field = Require.Positive(value, nameof(MirostatEta)); } = 0.1;

    /// <summary>
    /// Stages that run after all others, in this order: methods that have no option of their own here. Each generation works on a copy in
    /// its first state. Default none.
    /// </summary>
    public IReadOnlyList<LogitsStage> Stages { get; init => field = value ?? throw new ArgumentNullException(nameof(Stages)); } = [];

    /// <summary>Seed of the draws; the same seed gives the same tokens whatever else runs. Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>The stages that these options ask for, in the preset's order.</summary>
    internal List<LogitsStage> BuildStages()
    {
        var stages = new List<LogitsStage>();
        foreach (var step in Mirostat is null ? Preset.Order : [SamplerStep.LogitBias, SamplerStep.Temperature])
        {
            if (Build(step) is { } stage)
                stages.Add(stage);
        }

        if (Mirostat is { } version)
            stages.Add(new MirostatSampler(version, MirostatTau, MirostatEta));
        foreach (var stage in Stages)
            stages.Add(stage.Fork());
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
        SamplerStep.NoRepeatNGram => NoRepeatNGram == 0 ? null : new NoRepeatNGram(NoRepeatNGram),
        SamplerStep.Dry => DryMultiplier == 0 ? null : new DryPenalty(DryMultiplier, DryBase, DryAllowedLength, DryLastN, DryBreakers),
        SamplerStep.TopNSigma => TopNSigma == 0 ? null : new TopNSigmaSampler(TopNSigma),
        SamplerStep.TopH => TopH == 0 ? null : new TopHSampler(TopH),
        SamplerStep.TopK => TopK == 0 ? null : new TopKSampler(TopK, Preset.TopKTies),
        SamplerStep.TopP => TopP == 1 ? null : new TopPSampler(TopP, MinKeep),
        SamplerStep.Typical => TypicalP == 1 ? null : new TypicalSampler(TypicalP, MinKeep, Preset == SamplerPreset.LlamaCpp ? TypicalRule.LlamaCpp : TypicalRule.HuggingFace),
        SamplerStep.MinP => MinP == 0 ? null : new MinPSampler(MinP, MinKeep),
        SamplerStep.EpsilonCutoff => EpsilonCutoff == 0 ? null : new EpsilonSampler(EpsilonCutoff, MinKeep),
        SamplerStep.EtaCutoff => EtaCutoff == 0 ? null : new EtaSampler(EtaCutoff, MinKeep),
        SamplerStep.Xtc => XtcProbability == 0 ? null : new XtcSampler(XtcProbability, XtcThreshold, MinKeep, XtcExempt),
        SamplerStep.Temperature => DynamicTemperatureRange > 0
            ? new DynamicTemperatureSampler(Temperature, DynamicTemperatureRange, DynamicTemperatureExponent)
            : Temperature == 1 ? null : new TemperatureSampler(Temperature),
        _ => throw new ArgumentOutOfRangeException(nameof(step), step, "The preset's order holds a step that does not exist."),
    };

    private PenaltyWindow Window(PenaltyScope scope) => new(PenaltyScope ?? scope, PenaltyLastN);
}
