using Tessera.Models;
using Tessera.Models.Hooks;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Insight.Steering;

/// <summary>
/// Runs prompts at whose end a model must choose among actions of one token each: the exact distribution of its choice and, from the same pass,
/// the residual stream behind one layer at the last token. What EAST is fitted on and judged by. Not thread-safe.
/// </summary>
public sealed class DecisionProbe : IDisposable
{
    private const int RowsPerPass = 512; // enough for the matrix products to reach their speed

    private readonly LanguageModel _model;
    private readonly int[] _actions;
    private readonly Pass _pass;
    private readonly SequenceOptions? _sequences;
    private readonly SteeringHook? _steering;
    private readonly RowBatch _rows = new();
    private float[] _activation = [];

    /// <summary>Creates a probe.</summary>
    /// <param name="model">The model; stays the caller's.</param>
    /// <param name="layer">The layer behind which the residual stream is read, 0-based.</param>
    /// <param name="actionIds">The token of each action, at least two, each once.</param>
    /// <param name="steering">Steers each prompt's last row, which decides; null for the plain model. Its first position is set by the probe.</param>
    /// <param name="passes">How passes compute; fast if null.</param>
    /// <param name="sequences">How keys and values are kept; F16 if null.</param>
    /// <exception cref="ArgumentException">The model does not have the layer, or there are fewer than two actions, or one twice or outside the vocabulary.</exception>
    public DecisionProbe(LanguageModel model, int layer, ReadOnlySpan<int> actionIds, SteeringHook? steering = null, PassOptions? passes = null, SequenceOptions? sequences = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        SteeringVector.CheckLayers([layer], model.Stack.Blocks.Count);
        if (actionIds.Length < 2) throw new ArgumentException("A choice is between at least two actions.", nameof(actionIds));
        foreach (var id in actionIds)
        {
            if ((uint)id >= (uint)model.VocabularySize) throw new ArgumentOutOfRangeException(nameof(actionIds), id, $"The vocabulary has {model.VocabularySize} tokens.");
            if (actionIds.Count(id) > 1) throw new ArgumentException($"Token {id} stands for two actions.", nameof(actionIds));
        }

        (_model, _actions, _steering, _sequences) = (model, actionIds.ToArray(), steering, sequences);
        var hooks = new HookTable();
        steering?.AddTo(hooks);
        hooks.Read(HookPoint.ResidPost, (in HookContext context, ReadOnlySpan<float> rows) => _activation = rows[^(rows.Length / context.Rows.Count)..].ToArray(), layer, layer);
        _pass = new Pass((passes ?? new PassOptions()) with { Hooks = hooks, Tape = null });
    }

    /// <summary>Runs a prompt from an empty context.</summary>
    /// <param name="ids">Its tokens, at least one, at most the model's context.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    public Decision Measure(ReadOnlySpan<int> ids, CancellationToken cancellation = default)
    {
        if (ids.IsEmpty || ids.Length > _model.ContextLength) throw new ArgumentException($"A prompt has 1 to {_model.ContextLength} tokens, not {ids.Length}.", nameof(ids));
        if (_steering is not null) _steering.FromPosition = ids.Length - 1;
        using var sequence = _model.NewSequence(_sequences);
        ReadOnlySpan<float> logits = default;
        for (var at = 0; at < ids.Length; at += RowsPerPass)
        {
            _rows.Clear();
            _rows.Add(sequence, ids.Slice(at, Math.Min(RowsPerPass, ids.Length - at)));
            var hidden = _model.Run(_pass, _rows, cancellation);
            if (at + RowsPerPass >= ids.Length) logits = _model.LastLogits(_pass, hidden).Span;
        }

        var mass = 0.0;
        var most = 0;
        for (var v = 1; v < logits.Length; v++)
        {
            if (logits[v] > logits[most]) most = v;
        }

        foreach (var id in _actions) mass += Math.Exp(TokenStatistics.Compute(logits, id).LogProbability);
        return new Decision(_activation, ActionDistribution.OfTokens(logits, _actions), mass, most);
    }

    /// <summary>Frees the scratch.</summary>
    public void Dispose() => _pass.Dispose();
}
