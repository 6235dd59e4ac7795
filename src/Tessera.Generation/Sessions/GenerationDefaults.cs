using System.Text.Json;

namespace Tessera.Generation;

/// <summary>
/// What a model's publisher recommends: the content of <c>generation_config.json</c> (Hugging Face transformers). Keys that Tessera has
/// no use for are ignored; a key with a value of the wrong kind is an error.
/// </summary>
public sealed record GenerationDefaults
{
    /// <summary>Nothing is known: greedy choice, no end token.</summary>
    public static GenerationDefaults None { get; } = new();

    /// <summary>Tokens that end an answer; <c>eos_token_id</c>, a number or a list.</summary>
    public IReadOnlyList<int> StopIds { get; init; } = [];

    /// <summary>The token that begins a text, <c>bos_token_id</c>; null if there is none.</summary>
    public int? BeginId { get; init; }

    /// <summary>The token that fills up batches, <c>pad_token_id</c>; null if there is none.</summary>
    public int? PadId { get; init; }

    /// <summary>How tokens are chosen; greedy where <c>do_sample</c> is false or absent, as in transformers.</summary>
    public SamplingOptions Sampling { get; init; } = SamplingOptions.Greedy;

    /// <summary>The most tokens to generate, <c>max_new_tokens</c>; null if not given.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>These recommendations as options.</summary>
    public GenerationOptions ToOptions() => new() { Sampling = Sampling, StopIds = StopIds, MaxTokens = MaxTokens };

    /// <summary>Reads a file.</summary>
    /// <param name="path">Path of the <c>generation_config.json</c>.</param>
    /// <param name="limits">Bounds on the file's size and nesting; the defaults if null.</param>
    /// <exception cref="MalformedInputException">The file is no JSON object, or a key has a value of the wrong kind or range.</exception>
    /// <exception cref="ResourceLimitException">The file is larger than the limits allow.</exception>
    public static GenerationDefaults Load(string path, InputLimits? limits = null)
    {
        limits ??= InputLimits.Default;
        using var file = File.OpenRead(path);
        if (file.Length > limits.MaxJsonBytes)
            throw new ResourceLimitException("bytes of JSON", file.Length, limits.MaxJsonBytes);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return Parse(bytes, path, limits);
    }

    /// <summary>Reads the content of a file.</summary>
    /// <param name="json">UTF-8 JSON.</param>
    /// <param name="source">The file's name, for error messages.</param>
    /// <param name="limits">Bounds on nesting; the defaults if null.</param>
    /// <exception cref="MalformedInputException">It is no JSON object, or a key has a value of the wrong kind or range.</exception>
    public static GenerationDefaults Parse(ReadOnlyMemory<byte> json, string source = "generation_config.json", InputLimits? limits = null)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = (limits ?? InputLimits.Default).MaxDepth });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? Read(new Reader(document.RootElement, source))
                : throw new MalformedInputException(source, "$", "an object is expected.");
        }
        catch (JsonException e)
        {
            throw new MalformedInputException(source, $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}", "this is not JSON.", e);
        }
    }

    private static GenerationDefaults Read(Reader reader)
    {
        var sampled = reader.Boolean("do_sample") ?? false;
        var penalty = reader.Number("repetition_penalty", above: 0) ?? 1;
        var sampling = new SamplingOptions
        {
            Temperature = reader.Number("temperature") ?? 1,
            TopK = reader.Integer("top_k") ?? 50, // transformers' default where the file says nothing
            TopP = reader.Number("top_p", most: 1) ?? 1,
            MinP = reader.Number("min_p", most: 1) ?? 0,
            RepetitionPenalty = penalty,
        };
        return new GenerationDefaults
        {
            StopIds = reader.Integers("eos_token_id"),
            BeginId = reader.Integers("bos_token_id") is [var begin, ..] ? begin : null,
            PadId = reader.Integers("pad_token_id") is [var pad, ..] ? pad : null,
            Sampling = sampled ? sampling : SamplingOptions.Greedy with { RepetitionPenalty = penalty },
            MaxTokens = reader.Integer("max_new_tokens") is { } most and > 0 ? most : null,
        };
    }

    private readonly struct Reader(JsonElement root, string source)
    {
        public bool? Boolean(string key) => Find(key) is not { } value ? null
            : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
            : throw Wrong(key, value, "true or false");

        public double? Number(string key, double above = -1, double most = double.MaxValue)
        {
            if (Find(key) is not { } value)
                return null;
            return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= 0 && number > above && number <= most
                ? number
                : throw Wrong(key, value, most == 1 ? "a number from 0 to 1" : above == 0 ? "a number above 0" : "a number of at least 0");
        }

        public int? Integer(string key) => Find(key) is { } value ? Integer(key, value) : null;

        /// <summary>A token id or a list of them; empty where the key is absent.</summary>
        public int[] Integers(string key)
        {
            if (Find(key) is not { } value)
                return [];
            if (value.ValueKind != JsonValueKind.Array)
                return [Integer(key, value)];
            var ids = new List<int>();
            foreach (var element in value.EnumerateArray())
                ids.Add(Integer(key, element));
            return [.. ids];
        }

        private int Integer(string key, JsonElement value) =>
            value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= 0
                ? number
                : throw Wrong(key, value, "a whole number of at least 0");

        private JsonElement? Find(string key) =>
            root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

        private MalformedInputException Wrong(string key, JsonElement value, string expected)
        {
            var text = value.GetRawText();
            return new MalformedInputException(source, key, $"{expected} is expected, not {(text.Length > 40 ? text[..40] + "…" : text)}.");
        }
    }
}
