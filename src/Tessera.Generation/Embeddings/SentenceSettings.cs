using System.Text.Json;
using Tessera.Models.Files;

namespace Tessera.Generation;

/// <summary>
/// How an encoder's rows become one vector, as the files of sentence-transformers say: <c>1_Pooling/config.json</c>,
/// <c>sentence_bert_config.json</c>, <c>modules.json</c>. The defaults are that library's for a folder without them: the mean of all rows.
/// </summary>
public sealed record SentenceSettings
{
    /// <summary>What is taken from the rows; several are put one behind the other, in the order of <see cref="SentencePooling"/>.</summary>
    public IReadOnlyList<SentencePooling> Pooling { get; init; } = [SentencePooling.Mean];

    /// <summary>The most tokens of a text, specials included; the rest is cut off. Null for what the model takes.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Whether vectors are scaled to length 1. Default true.</summary>
    public bool Normalise { get; init; } = true;

    /// <summary>Whether texts are put into lower case first. Default false.</summary>
    public bool LowerCase { get; init; }

    /// <summary>Reads what a folder has.</summary>
    /// <param name="path">The model's folder, or a file in it.</param>
    /// <param name="limits">Bounds on size and nesting; the defaults if null.</param>
    /// <exception cref="MalformedInputException">A file is malformed.</exception>
    /// <exception cref="UnsupportedFeatureException">The model ends in a step other than pooling and normalising.</exception>
    public static SentenceSettings Load(string path, InputLimits? limits = null)
    {
        limits ??= InputLimits.Default;
        var folder = ModelFolder.Open(path);
        var settings = new SentenceSettings();
        if (folder.Find("sentence_bert_config.json") is { } sentence)
        {
            using var config = ConfigReader.Open(sentence, limits);
            settings = settings with
            {
                MaxTokens = config.Has("max_seq_length") ? config.Int("max_seq_length", 1, int.MaxValue) : null,
                LowerCase = config.Bool("do_lower_case", false),
            };
        }

        if (folder.Find("modules.json") is { } modules) settings = settings with { Normalise = NormaliseIn(modules, limits) };
        return folder.Find(Path.Combine("1_Pooling", "config.json")) is { } pooling ? settings with { Pooling = PoolingIn(pooling, limits) } : settings;
    }

    private static SentencePooling[] PoolingIn(string path, InputLimits limits)
    {
        using var config = ConfigReader.Open(path, limits);
        var modes = new List<SentencePooling>();
        foreach (var (name, mode) in (ReadOnlySpan<(string, SentencePooling)>)
                 [
                     ("pooling_mode_cls_token", SentencePooling.First), ("pooling_mode_max_tokens", SentencePooling.Max),
                     ("pooling_mode_mean_tokens", SentencePooling.Mean), ("pooling_mode_mean_sqrt_len_tokens", SentencePooling.MeanOfRoot),
                     ("pooling_mode_weightedmean_tokens", SentencePooling.WeightedMean), ("pooling_mode_lasttoken", SentencePooling.Last),
                 ])
        {
            if (config.Bool(name, false)) modes.Add(mode);
        }

        return modes.Count > 0 ? [.. modes] : throw new MalformedInputException(path, "$", "no pooling mode is set");
    }

    // modules.json is a list of steps, each with the name of its Python class.
    private static bool NormaliseIn(string path, InputLimits limits)
    {
        var length = new FileInfo(path).Length;
        if (length > limits.MaxJsonBytes) throw new ResourceLimitException($"bytes of {path}", length, limits.MaxJsonBytes);
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = limits.MaxDepth });
            if (document.RootElement.ValueKind != JsonValueKind.Array) throw new MalformedInputException(path, "$", "a list is needed");
            var normalises = false;
            foreach (var module in document.RootElement.EnumerateArray())
            {
                if (module.ValueKind != JsonValueKind.Object || !module.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String)
                    throw new MalformedInputException(path, "$", "each module is an object with a type");
                var name = type.GetString()!.Split('.')[^1];
                if (name is not ("Transformer" or "Pooling" or "Normalize"))
                    throw new UnsupportedFeatureException(path, $"the module {name} behind an encoder", "Transformer, Pooling and Normalize are.");
                normalises |= name == "Normalize";
            }

            return normalises;
        }
        catch (JsonException e)
        {
            throw new MalformedInputException(path, $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}", "this is not JSON", e);
        }
    }
}
