using System.Globalization;
using Tessera.Models;
using Tessera.Models.Files;
using Tessera.Models.Hooks;
using Tessera.Tensors;

namespace Tessera.Insight.Steering;

/// <content>
/// The file: safetensors with a tensor <c>direction.L</c>, F32 [width], for each layer L (the names of llama.cpp's control vectors), and in
/// the metadata <c>tessera.steering</c> (the form's version), point, method, model type, width, layers and fingerprint; the maker's notes
/// stand under <c>note.</c> and their name.
/// </content>
public sealed partial class SteeringVector
{
    private const string Version = "1", TensorPrefix = "direction.", NotePrefix = "note.";

    /// <summary>Writes the vector under a temporary name beside <paramref name="path"/>, then renames it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It can't be written; nothing is left behind.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var writer = new SafetensorsWriter();
        var metadata = writer.Metadata;
        metadata["tessera.steering"] = Version;
        metadata["point"] = Point.ToString();
        metadata["method"] = Method;
        metadata["model_type"] = ModelType;
        metadata["model_width"] = Text(ModelWidth);
        metadata["model_layers"] = Text(ModelLayers);
        metadata["model_fingerprint"] = Fingerprint;
        foreach (var (name, value) in Notes) metadata[NotePrefix + name] = value;
        for (var i = 0; i < Layers.Count; i++) writer.Add(TensorPrefix + Text(Layers[i]), Tensor.FromValues(_directions[i], Width));
        writer.Save(path);
    }

    /// <summary>Reads a vector and, where a model is given, sees that it was made for it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The model that it is to steer; null to read it without.</param>
    /// <param name="limits">Bounds on what the file may ask for; the defaults if null.</param>
    /// <exception cref="MalformedInputException">It is no such file, breaks the form's rules, or belongs to another model.</exception>
    /// <exception cref="UnsupportedFeatureException">It is of a later version, or a tensor has a type that is not computed with.</exception>
    /// <exception cref="ResourceLimitException">It asks for more than the limits allow.</exception>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static SteeringVector Load(string path, LanguageModel? model = null, InputLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        limits ??= InputLimits.Default;
        using var file = SafetensorsFile.Open(path, limits);
        var metadata = file.Metadata;
        if (!metadata.TryGetValue("tessera.steering", out var version)) throw new MalformedInputException(path, "__metadata__", "this is no steering vector: tessera.steering is missing");
        if (version != Version) throw new UnsupportedFeatureException(path, $"version {version} of the steering file", $"This program reads version {Version}.");
        var name = Required(file, "point");
        if (!Enum.TryParse<HookPoint>(name, out var point) || !Enum.IsDefined(point) || point.ToString() != name) throw new MalformedInputException(path, "__metadata__.point", $"'{name}' is no point of a layer");

        var modelLayers = Number(file, "model_layers", limits.MaxLayers);
        var modelWidth = Number(file, "model_width", limits.MaxWidth);
        var directions = new SortedDictionary<int, float[]>();
        foreach (var (tensorName, info) in file.Tensors)
        {
            var layer = tensorName.StartsWith(TensorPrefix, StringComparison.Ordinal)
                && int.TryParse(tensorName.AsSpan(TensorPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
            if (layer < 0 || layer >= modelLayers || tensorName != TensorPrefix + Text(layer)) throw new MalformedInputException(path, tensorName, $"a tensor is named direction.L with L from 0 to {modelLayers - 1}");
            if (info.Shape.Length != 1 || info.Shape.Span[0] is < 1 || info.Shape.Span[0] > limits.MaxWidth || (IsResidual(point) && info.Shape.Span[0] != modelWidth))
                throw new MalformedInputException(path, tensorName, $"the shape [{string.Join(", ", info.Shape.ToArray())}] is not that of a direction in a model of width {modelWidth}");
            if (info.Format is not (TensorFormat.F32 or TensorFormat.F16 or TensorFormat.BF16)) throw new MalformedInputException(path, tensorName, $"a direction is of F32, F16 or BF16, not {info.Format}");
            directions[layer] = file.GetTensor(tensorName).ToArray();
        }

        if (directions.Count == 0) throw new MalformedInputException(path, "tensors", "there is no direction");
        var vector = Create(path, point, directions, Required(file, "method"), new Origin(Required(file, "model_type"), modelWidth, modelLayers, Required(file, "model_fingerprint")), metadata);
        if (model is not null && vector.Misfit(model) is { } misfit) throw new MalformedInputException(path, "__metadata__", misfit);
        if (model is not null && !model.Stack.Has(point)) throw new MalformedInputException(path, "__metadata__.point", $"{model.Stack.Config.ModelType} has no {point}");
        return vector;
    }

    private static SteeringVector Create(
        string path, HookPoint point, SortedDictionary<int, float[]> directions, string method, in Origin origin, IReadOnlyDictionary<string, string> metadata)
    {
        try
        {
            return new SteeringVector(point, [.. directions.Keys], [.. directions.Values], method)
            {
                ModelType = origin.Type, ModelWidth = origin.Width, ModelLayers = origin.Layers, Fingerprint = origin.Fingerprint,
                Notes = metadata.Where(m => m.Key.StartsWith(NotePrefix, StringComparison.Ordinal)).ToDictionary(m => m.Key[NotePrefix.Length..], m => m.Value),
            };
        }
        catch (ArgumentException e) // a width or a value
        {
            throw new MalformedInputException(path, "tensors", e.Message.ReplaceLineEndings(" "), e);
        }
    }

    private static string Required(SafetensorsFile file, string key) =>
        file.Metadata.TryGetValue(key, out var value) && value.Length > 0 ? value : throw new MalformedInputException(file.Path, $"__metadata__.{key}", "is missing");

    private static int Number(SafetensorsFile file, string key, int most) =>
        int.TryParse(Required(file, key), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most
            ? number
            : throw new MalformedInputException(file.Path, $"__metadata__.{key}", $"is no number from 1 to {most:N0}");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private readonly record struct Origin(string Type, int Width, int Layers, string Fingerprint);
}
