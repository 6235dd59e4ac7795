using Tessera.Models;
using Tessera.Models.Hooks;
using Tessera.Models.Passes;

namespace Tessera.Insight.Steering;

/// <summary>
/// Adds a <see cref="SteeringVector"/>, times a scale, to the activations of a model while it runs: of all rows, or of those from a position on.
/// <code>
/// var vector = SteeringVector.Load("joy.safetensors", package.Language);
/// using var session = package.NewSession(new SteeringHook(vector, package.Language, scale: 2).Steer(new PassOptions()));
/// </code>
/// A scale of 0 adds no hook, so that nothing changes, to the bit. What a sequence has cached under steering is of the steered model: a session
/// keeps to one vector and scale for its life.
/// </summary>
public sealed class SteeringHook
{
    private readonly SteeringVector _vector;
    private readonly float[][] _scaled;

    /// <summary>Creates a hook.</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="model">The model that it is to steer.</param>
    /// <param name="scale">What the directions are multiplied by; negative ones steer the other way. Default 1.</param>
    /// <exception cref="ArgumentException">The vector is for another model, or the scale is not finite.</exception>
    public SteeringHook(SteeringVector vector, LanguageModel model, double scale = 1)
    {
        ArgumentNullException.ThrowIfNull(vector);
        if (!double.IsFinite(scale)) throw new ArgumentOutOfRangeException(nameof(scale), scale, "A scale is a finite number.");
        if (vector.Misfit(model) is { } misfit) throw new ArgumentException($"The vector can't steer this model: {misfit}.", nameof(vector));
        (_vector, Scale) = (vector, scale);
        _scaled = new float[vector.Layers.Count][];
        for (var i = 0; i < _scaled.Length; i++) _scaled[i] = Array.ConvertAll(vector.Direction(i).ToArray(), v => (float)(v * scale));
    }

    /// <summary>What the directions are multiplied by.</summary>
    public double Scale { get; }

    /// <summary>
    /// The first position whose row is steered; rows before it stay plain. 0, the default, steers all; one less than the prompt's length steers
    /// the prompt's last row, which chooses the first generated token, and everything generated.
    /// </summary>
    public int FromPosition
    {
        get;
        set => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Positions count from 0.");
    }

    /// <summary>How passes compute, with this hook behind those that are there.</summary>
    /// <param name="options">How passes compute without it; its table of hooks, if any, takes this one in.</param>
    public PassOptions Steer(PassOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var hooks = options.Hooks ?? new HookTable();
        AddTo(hooks);
        return options with { Hooks = hooks };
    }

    /// <summary>Adds the hook to a table, one entry a layer; none where there is nothing to add.</summary>
    /// <param name="hooks">The table.</param>
    public void AddTo(HookTable hooks)
    {
        ArgumentNullException.ThrowIfNull(hooks);
        for (var i = 0; i < _scaled.Length; i++)
        {
            var direction = _scaled[i];
            if (direction.AsSpan().ContainsAnyExcept(0f)) hooks.Edit(_vector.Point, (in HookContext context, Span<float> rows) => Add(direction, context.Rows, rows), _vector.Layers[i], _vector.Layers[i]);
        }
    }

    private void Add(float[] direction, RowBatch batch, Span<float> rows)
    {
        var positions = batch.Positions;
        if (rows.Length != positions.Length * direction.Length)
            throw new InvalidOperationException($"The vector has {direction.Length} values a row, the activations at {_vector.Point} have {rows.Length / positions.Length}.");
        for (var row = 0; row < positions.Length; row++)
        {
            if (positions[row] < FromPosition) continue;
            var values = rows.Slice(row * direction.Length, direction.Length);
            for (var i = 0; i < values.Length; i++) values[i] += direction[i];
        }
    }
}
