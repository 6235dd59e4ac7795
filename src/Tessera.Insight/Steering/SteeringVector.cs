using Tessera.Models;
using Tessera.Models.Hooks;

namespace Tessera.Insight.Steering;

/// <summary>
/// Directions in a model's activations, one for each of some layers, with what is needed to see that they are used where they were made:
/// the model's shape and fingerprint, and the point in the layer. Immutable. <see cref="SteeringHook"/> adds it while a model runs.
/// </summary>
public sealed partial class SteeringVector
{
    private readonly float[][] _directions;

    /// <summary>Creates a vector for a model.</summary>
    /// <param name="model">The model in whose activations the directions lie.</param>
    /// <param name="point">Where in a layer.</param>
    /// <param name="layers">Which layers, 0-based, ascending.</param>
    /// <param name="directions">A direction for each layer, all of one width: the model's at points of the residual stream.</param>
    /// <param name="method">How the directions were found, as people would name it.</param>
    /// <exception cref="ArgumentException">A layer or the point is not the model's, or widths, numbers or values do not fit.</exception>
    public SteeringVector(LanguageModel model, HookPoint point, IReadOnlyList<int> layers, IReadOnlyList<float[]> directions, string method)
        : this(point, CheckLayers(layers, (model ?? throw new ArgumentNullException(nameof(model))).Stack.Blocks.Count), directions, method)
    {
        if (!model.Stack.Has(point)) throw new ArgumentException($"{model.Stack.Config.ModelType} has no {point}.", nameof(point));
        if (IsResidual(point) && Width != model.Stack.Config.Width) throw new ArgumentException($"Directions of width {Width} for a model of width {model.Stack.Config.Width}.", nameof(directions));
        (ModelType, ModelWidth, ModelLayers, Fingerprint) = (model.Stack.Config.ModelType, model.Stack.Config.Width, model.Stack.Blocks.Count, ModelFingerprint.Of(model));
    }

    private SteeringVector(HookPoint point, int[] layers, IReadOnlyList<float[]> directions, string method)
    {
        ArgumentNullException.ThrowIfNull(directions);
        ArgumentException.ThrowIfNullOrEmpty(method);
        if (directions.Count != layers.Length) throw new ArgumentException($"{directions.Count} directions for {layers.Length} layers.", nameof(directions));
        (Point, Layers, Method, _directions) = (point, layers, method, [.. directions]);
        Width = _directions[0].Length;
        foreach (var direction in _directions)
        {
            if (direction.Length == 0 || direction.Length != Width) throw new ArgumentException("All directions have one width of at least 1.", nameof(directions));
            if (direction.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue)) throw new ArgumentException("A value is not finite.", nameof(directions));
        }
    }

    /// <summary>Where in a layer the directions lie.</summary>
    public HookPoint Point { get; }

    /// <summary>The layers, 0-based, ascending.</summary>
    public IReadOnlyList<int> Layers { get; }

    /// <summary>Floats of a direction.</summary>
    public int Width { get; }

    /// <summary>How the directions were found.</summary>
    public string Method { get; }

    /// <summary>The architecture of the model that they are for.</summary>
    public string ModelType { get; private init; } = "";

    /// <summary>The width of that model's residual stream.</summary>
    public int ModelWidth { get; private init; }

    /// <summary>The number of that model's layers.</summary>
    public int ModelLayers { get; private init; }

    /// <summary>What that model has learnt, in short: all formats of one model share it.</summary>
    public string Fingerprint { get; private init; } = "";

    /// <summary>What the maker has to say of it (number of texts, separation, explained share); kept in the file. Values of any text.</summary>
    public IReadOnlyDictionary<string, string> Notes { get; init; } = new Dictionary<string, string>();

    /// <summary>The direction of a layer, [width].</summary>
    /// <param name="index">The index in <see cref="Layers"/>.</param>
    public ReadOnlySpan<float> Direction(int index) => _directions[index];

    /// <summary>The Euclidean length of a layer's direction.</summary>
    /// <param name="index">The index in <see cref="Layers"/>.</param>
    public double Norm(int index) => Math.Sqrt(_directions[index].Sum(v => (double)v * v));

    /// <summary>Why the vector can't steer a model; null where it can.</summary>
    /// <param name="model">The model.</param>
    public string? Misfit(LanguageModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var config = model.Stack.Config;
        return config.ModelType != ModelType ? $"it is for a model of type {ModelType}, this one is {config.ModelType}"
            : config.Width != ModelWidth ? $"it is for a model of width {ModelWidth}, this one has {config.Width}"
            : model.Stack.Blocks.Count != ModelLayers ? $"it is for a model of {ModelLayers} layers, this one has {model.Stack.Blocks.Count}"
            : ModelFingerprint.Of(model) != Fingerprint ? "it was made with another model of the same shape: the norms' gains differ"
            : null;
    }

    internal static int[] CheckLayers(IReadOnlyList<int> layers, int count)
    {
        ArgumentNullException.ThrowIfNull(layers);
        if (layers.Count == 0) throw new ArgumentException("At least one layer is needed.", nameof(layers));
        for (var i = 0; i < layers.Count; i++)
        {
            if (layers[i] < 0 || layers[i] >= count) throw new ArgumentOutOfRangeException(nameof(layers), layers[i], $"The model has the layers 0 to {count - 1}.");
            if (i > 0 && layers[i] <= layers[i - 1]) throw new ArgumentException("Layers are in ascending order, each once.", nameof(layers));
        }

        return [.. layers];
    }

    internal static bool IsResidual(HookPoint point) =>
        point is HookPoint.Embed or HookPoint.ResidPre or HookPoint.ResidMid or HookPoint.ResidPost or HookPoint.AttnOut or HookPoint.MlpOut or HookPoint.AttnNorm or HookPoint.MlpNorm or HookPoint.FinalNorm;
}
