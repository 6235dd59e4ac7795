using Tessera.Models.Attention;
using Tessera.Models.Passes;

namespace Tessera.Context.Schedules;

/// <summary>
/// In each layer only the informative tokens are computed, and only their activations are kept for the backward pass; the others pass the layer
/// unchanged (Wang et al. 2025, "LeMo: Enabling LEss Token Involvement for MOre Context Fine-tuning", arXiv 2501.09767). For training on long
/// texts: one pass over a text, under a tape. The model is then used with all tokens.
/// </summary>
/// <remarks>
/// The first layer runs all tokens; its true block scores choose the blocks that all layers between it and the last dense ones run. Trained
/// predictors and thresholds by layer are not here: <see cref="ByLayer"/> takes sets from anywhere. The choice counts as a constant in gradients.
/// </remarks>
[Method("lemo", "LeMo: Enabling LEss Token Involvement for MOre Context Fine-tuning", "2501.09767", 2025, MethodStage.Schedule)]
public sealed class ContextualTokenSparsity : LayerSchedule
{
    private readonly double _keep;
    private readonly int _block;
    private readonly int _dense;
    private readonly bool _perVisibleBlock;
    private readonly int[][]? _sets;
    private int[] _kept = [];

    /// <summary>Creates the schedule of one sequence.</summary>
    /// <param name="keep">Share of the blocks of tokens that run, in (0, 1]; the first and the last one always do. Default 0.5.</param>
    /// <param name="block">Tokens in a block, at least 1. Default 16.</param>
    /// <param name="dense">How many last layers run all tokens, at least 0: a token that they leave out predicts badly. Default 2.</param>
    /// <param name="perVisibleBlock">Whether a block's score is divided by the number of blocks that see it; otherwise early blocks are favoured, as published. Default false.</param>
    public ContextualTokenSparsity(double keep = 0.5, int block = 16, int dense = 2, bool perVisibleBlock = false)
    {
        if (!(keep > 0 && keep <= 1)) throw new ArgumentOutOfRangeException(nameof(keep), keep, "The share of the blocks is in (0, 1].");
        ArgumentOutOfRangeException.ThrowIfLessThan(block, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(dense);
        (_keep, _block, _dense, _perVisibleBlock) = (keep, block, dense, perVisibleBlock);
    }

    private ContextualTokenSparsity(int[][] sets)
        : this() => _sets = sets;

    /// <summary>A schedule with the tokens of each layer.</summary>
    /// <param name="sets">For each layer the tokens that run, increasing.</param>
    public static ContextualTokenSparsity ByLayer(IReadOnlyList<int[]> sets)
    {
        ArgumentNullException.ThrowIfNull(sets);
        return new ContextualTokenSparsity([.. sets]);
    }

    /// <inheritdoc/>
    public override LayerPlan Plan(in ScheduleStep step)
    {
        if (_sets is not null)
        {
            if (_sets.Length != step.Layers) throw new ArgumentException($"{_sets.Length} sets were given for a model of {step.Layers} layers.");
            return LayerPlan.Run(_sets[step.Layer], LeftOutRows.PassOn);
        }

        return Chooses(step) && step.Layer > 0 ? LayerPlan.Run(_kept, LeftOutRows.PassOn) : LayerPlan.All;
    }

    /// <inheritdoc/>
    public override ObservationRequest? Observe(in ScheduleStep step) =>
        _sets is null && step.Layer == 0 && Chooses(step) ? new ObservationRequest { BlockMax = Math.Min(_block, step.Tokens) } : null;

    /// <inheritdoc/>
    public override void After(in ScheduleStep step, AttentionObservations figures)
    {
        ArgumentNullException.ThrowIfNull(figures);
        var maxima = new double[figures.Blocks][];
        for (var r = 0; r < maxima.Length; r++) maxima[r] = [.. figures.BlockMaxima(r).ToArray().Select(x => (double)x)];
        var scores = TokenInformativeness.OfBlocks(maxima, _perVisibleBlock);
        var ranked = Enumerable.Range(0, scores.Length).OrderByDescending(b => b == 0 || b == scores.Length - 1 ? double.PositiveInfinity : scores[b]).ThenBy(b => b);
        var count = Math.Max(Math.Min(2, scores.Length), (int)Math.Ceiling(_keep * scores.Length));
        var (side, tokens) = (figures.Request.BlockMax, step.Tokens);
        _kept = [.. ranked.Take(count).Order().SelectMany(b => Enumerable.Range(b * side, Math.Min(side, tokens - b * side)))];
    }

    /// <inheritdoc/>
    protected override ContextualTokenSparsity Copy() => _sets is null ? new(_keep, _block, _dense, _perVisibleBlock) : new(_sets);

    // A text that goes on is read with all tokens.
    private bool Chooses(in ScheduleStep step) =>
        _keep < 1 && step.Sequence.Length == 0 && step.Layers > _dense + 1 && step.Layer < step.Layers - _dense;
}
