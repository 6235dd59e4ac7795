using Tessera.Models;
using Tessera.Models.Hooks;
using Tessera.Models.Modules;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Insight.Steering;

/// <summary>
/// Reads one vector of activations a layer for whole texts: the row of the last token, or the mean over all rows. Runs no layer behind the
/// last one that is asked for, and long texts in pieces. Knows nothing of what the vectors are for. Not thread-safe.
/// </summary>
public sealed class ActivationCapture : IDisposable
{
    private const int RowsPerPass = 512; // enough for the matrix products to reach their speed

    private readonly LanguageModel _model; // the model's layers up to the last one that is read
    private readonly int[] _layers;
    private readonly ActivationPooling _pooling;
    private readonly Pass _pass;
    private readonly SequenceOptions? _sequences;
    private readonly RowBatch _rows = new();
    private readonly double[]?[] _sums; // by layer read; null until a hook has told the width

    /// <summary>Creates a capture.</summary>
    /// <param name="model">The model; stays the caller's.</param>
    /// <param name="point">Where in a layer; <see cref="HookPoint.ResidPost"/> is the residual stream behind it.</param>
    /// <param name="layers">Which layers, 0-based, ascending; ignored (one entry) for points outside the layers.</param>
    /// <param name="pooling">Which rows stand for a text.</param>
    /// <param name="passes">How passes compute; fast if null. Its hooks, if any, are left out: the plain model is read.</param>
    /// <param name="sequences">How keys and values are kept; F16 if null.</param>
    /// <exception cref="ArgumentException">No layer, a layer that the model does not have, or a point that its layers do not have.</exception>
    public ActivationCapture(
        LanguageModel model, HookPoint point, IReadOnlyList<int> layers, ActivationPooling pooling = ActivationPooling.LastToken, PassOptions? passes = null, SequenceOptions? sequences = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        _layers = SteeringVector.CheckLayers(layers, model.Stack.Blocks.Count);
        if (!model.Stack.Has(point)) throw new ArgumentException($"{model.Stack.Config.ModelType} has no {point}.", nameof(point));
        if (!Enum.IsDefined(pooling)) throw new ArgumentOutOfRangeException(nameof(pooling));
        _pooling = pooling;
        _sequences = sequences;
        _sums = new double[_layers.Length][];
        _model = point == HookPoint.FinalNorm ? model : UpTo(model, _layers[^1] + 1);

        var hooks = new HookTable();
        for (var i = 0; i < _layers.Length; i++)
        {
            var at = i;
            hooks.Read(point, (in HookContext context, ReadOnlySpan<float> rows) => Collect(at, rows, context.Rows.Count), _layers[i], _layers[i]);
        }

        _pass = new Pass((passes ?? new PassOptions()) with { Hooks = hooks, Tape = null });
    }

    /// <summary>Runs a text from an empty context.</summary>
    /// <param name="ids">Its tokens, at least one, at most the model's context.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    /// <returns>A vector for each layer, in the order of the layers.</returns>
    /// <exception cref="ArgumentException">The text is empty or longer than the context.</exception>
    public float[][] Read(ReadOnlySpan<int> ids, CancellationToken cancellation = default)
    {
        if (ids.IsEmpty) throw new ArgumentException("A text without tokens has no activations.", nameof(ids));
        if (ids.Length > _model.ContextLength) throw new ArgumentException($"{ids.Length} tokens are more than the model's context of {_model.ContextLength}.", nameof(ids));
        Array.Clear(_sums);
        using var sequence = _model.NewSequence(_sequences);
        for (var at = 0; at < ids.Length; at += RowsPerPass)
        {
            _rows.Clear();
            _rows.Add(sequence, ids.Slice(at, Math.Min(RowsPerPass, ids.Length - at)));
            _model.Run(_pass, _rows, cancellation);
        }

        var count = _pooling == ActivationPooling.MeanOfTokens ? ids.Length : 1;
        return Array.ConvertAll(_sums, sum => Array.ConvertAll(sum!, v => (float)(v / count)));
    }

    /// <summary>Frees the scratch.</summary>
    public void Dispose() => _pass.Dispose();

    private void Collect(int layer, ReadOnlySpan<float> rows, int count)
    {
        var width = rows.Length / count;
        var sum = _sums[layer] ??= new double[width];
        if (_pooling == ActivationPooling.LastToken)
        {
            for (var i = 0; i < width; i++) sum[i] = rows[rows.Length - width + i]; // of the last piece in the end
            return;
        }

        for (var i = 0; i < rows.Length; i++) sum[i % width] += rows[i];
    }

    private static LanguageModel UpTo(LanguageModel model, int layers)
    {
        var stack = model.Stack;
        return new LanguageModel(
            model.Source,
            new Stack
            {
                Config = stack.Config, Embedding = stack.Embedding, PositionTable = stack.PositionTable, TokenTypeTable = stack.TokenTypeTable, EmbeddingNorm = stack.EmbeddingNorm,
                Blocks = [.. stack.Blocks.Take(layers)], Parameters = stack.Parameters,
            },
            model.Head);
    }
}
