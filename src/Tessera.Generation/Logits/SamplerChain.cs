using System.Collections.Immutable;
using Tessera.Models;

namespace Tessera.Generation;

/// <summary>
/// The way from a row of logits to a token: an ordered list of stages, then one draw. Built once, outside the loop; a choice allocates
/// nothing after the first. The draw depends on (seed, sequence, position) alone, so a sequence can be rolled back, forked or drafted
/// ahead and still draw the same tokens. One chain serves one sequence; not thread-safe.
/// </summary>
public sealed class SamplerChain
{
    private readonly ImmutableArray<LogitsStage> _stages;
    private readonly TokenAlternative[] _raw;
    private readonly TokenAlternative[] _processed;
    private Candidates? _candidates;

    /// <summary>Creates a chain.</summary>
    /// <param name="stages">The stages, first to last; none draws from the model's own distribution.</param>
    /// <param name="alternatives">How many of the most probable tokens each choice reports. Default 0.</param>
    public SamplerChain(IEnumerable<LogitsStage> stages, int alternatives = 0)
    {
        ArgumentNullException.ThrowIfNull(stages);
        Require.AtLeast(alternatives, 0, nameof(alternatives));
        _stages = [.. stages];
        _raw = new TokenAlternative[alternatives];
        _processed = new TokenAlternative[alternatives];
    }

    /// <summary>A chain that works in candidates which a session lends it.</summary>
    internal SamplerChain(IEnumerable<LogitsStage> stages, int alternatives, Candidates candidates) : this(stages, alternatives) =>
        _candidates = candidates;

    /// <summary>Builds the stages that options ask for.</summary>
    /// <param name="options">The options; a stage whose option is off is not built.</param>
    /// <param name="alternatives">How many of the most probable tokens each choice reports. Default 0.</param>
    public static SamplerChain Create(SamplingOptions options, int alternatives = 0)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new SamplerChain(options.BuildStages(), alternatives);
    }

    /// <summary>The stages, first to last.</summary>
    public IReadOnlyList<LogitsStage> Stages => _stages;

    /// <summary>
    /// The most probable tokens under the model's own distribution at the last choice, best first; where fewer are possible the rest is
    /// (−1, −∞). Valid until the next choice.
    /// </summary>
    public ReadOnlySpan<TokenAlternative> RawAlternatives => _raw;

    /// <summary>The same for the distribution that the last token was drawn from.</summary>
    public ReadOnlySpan<TokenAlternative> ProcessedAlternatives => _processed;

    /// <summary>Applies the stages and draws a token. Tells no stage about it: that is <see cref="Accept"/>'s task.</summary>
    /// <param name="logits">The model's row for the next position, <c>[vocabulary]</c>; not changed.</param>
    /// <param name="context">The sequence so far and the key of the random numbers.</param>
    /// <exception cref="LogitsException">The row is no distribution, or a stage has left no token.</exception>
    public TokenChoice Choose(ReadOnlySpan<float> logits, in StageContext context)
    {
        var candidates = Apply(logits, context);
        var uniform = context.Random(RandomPurpose.Sample).Uniform();
        var index = candidates.Draw(uniform);
        return Report(logits, candidates, index, candidates.Ids[index], uniform, context.Position);
    }

    /// <summary>What <see cref="Choose"/> would have reported, had it chosen a given token: for tokens that are forced.</summary>
    /// <param name="logits">The model's row for the next position.</param>
    /// <param name="token">The token.</param>
    /// <param name="context">The sequence so far.</param>
    public TokenChoice Describe(ReadOnlySpan<float> logits, int token, in StageContext context)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(token);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(token, logits.Length);
        var candidates = Apply(logits, context);
        return Report(logits, candidates, candidates.IndexOf(token), token, double.NaN, context.Position);
    }

    /// <summary>Applies the stages without a draw: the distribution itself, as verification of drafted tokens needs it.</summary>
    /// <param name="logits">The model's row for the next position.</param>
    /// <param name="context">The sequence so far.</param>
    /// <returns>The candidates that are left; valid until the next call.</returns>
    /// <exception cref="LogitsException">The row is no distribution, or a stage has left no token.</exception>
    public Candidates Apply(ReadOnlySpan<float> logits, in StageContext context)
    {
        if (_candidates is null || _candidates.VocabularySize != logits.Length)
            _candidates = new Candidates(logits.Length);
        _candidates.Load(logits, context.Position);
        foreach (var stage in _stages)
        {
            stage.Apply(_candidates, context);
            if (_candidates.Count == 0)
                throw new LogitsException(context.Position, $"no token is left after the stage {stage.Name}.");
        }

        return _candidates;
    }

    /// <summary>Tells the stages which token follows the history.</summary>
    /// <param name="token">The token.</param>
    /// <param name="context">The context in which it was chosen, without it.</param>
    public void Accept(int token, in StageContext context)
    {
        foreach (var stage in _stages)
            stage.Accept(token, context);
    }

    /// <summary>Rolls the stages back.</summary>
    /// <param name="length">The length of the history that remains.</param>
    public void Truncate(int length)
    {
        foreach (var stage in _stages)
            stage.Truncate(length);
    }

    /// <summary>A chain in the same state for a second sequence.</summary>
    public SamplerChain Fork() => new(_stages.Select(stage => stage.Fork()), _raw.Length);

    private TokenChoice Report(ReadOnlySpan<float> logits, Candidates candidates, int index, int id, double uniform, int position)
    {
        var raw = TokenStatistics.Compute(logits, id, _raw, position);
        var processed = candidates.Statistics(Math.Max(index, 0), _processed);
        if (index < 0) // a forced token that the stages rule out
            processed = processed with { Target = id, LogProbability = double.NegativeInfinity, Rank = candidates.Count + 1, TopPMass = 1 };
        return new TokenChoice(id, raw, processed, candidates.Count, uniform);
    }
}
