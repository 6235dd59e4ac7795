using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.Text.Normalizers;
using Tessera.Tokenizers.Text.Patterns;
using Tessera.Tokenizers.Text.PreTokenizers;

namespace Tessera.Tokenizers.Training;

/// <summary>How text is rewritten and cut into words before words are counted; the trained tokenizer does the same. No token spans two words. Immutable.</summary>
public sealed class TrainingPipeline
{
    private const string Origin = "training pipeline";

    private TrainingPipeline(string normalizer, string preTokenizer, string decoder)
    {
        (Normalizer, PreTokenizer, Decoder) = (normalizer, preTokenizer, decoder);
        NormalizerStep = Parse(normalizer, "normalizer", NormalizerJson.Read);
        var step = Parse(preTokenizer, "pre_tokenizer", PreTokenizerJson.Read);
        IsByteLevel = TokenizerJsonReader.TryOnBytes(ref step);
        CuttingStep = step;
    }

    /// <summary>Words and runs of symbols, white space dropped: <c>\w+|[^\w\s]+</c>.</summary>
    public static TrainingPipeline Whitespace { get; } = new(ComponentJson.Null, """{"type":"Whitespace"}""", ComponentJson.Null);

    /// <summary>What white space separates.</summary>
    public static TrainingPipeline WhitespaceSplit { get; } = new(ComponentJson.Null, """{"type":"WhitespaceSplit"}""", ComponentJson.Null);

    /// <summary>Words that begin with a mark (U+2581) in place of the blank before them, the first word included.</summary>
    public static TrainingPipeline Metaspace { get; } = new(ComponentJson.Null, ComponentJson.Metaspace, ComponentJson.Metaspace);

    /// <summary>Nothing is cut: a text is one word.</summary>
    public static TrainingPipeline None { get; } = new(ComponentJson.Null, ComponentJson.Null, ComponentJson.Null);

    /// <summary>BERT's: control characters dropped, Chinese characters and punctuation alone, white space dropped.</summary>
    /// <param name="lowercase">Whether letters become small and lose their accents, as in the uncased models.</param>
    public static TrainingPipeline Bert(bool lowercase = true) =>
        new(lowercase ? ComponentJson.BertNormalizer : ComponentJson.BertNormalizer.Replace("\"lowercase\":true", "\"lowercase\":false", StringComparison.Ordinal), ComponentJson.BertPreTokenizer, ComponentJson.Null);

    /// <summary>Cut by a pattern, each word then taken as bytes; nothing is ever unknown.</summary>
    /// <param name="pattern">The pattern.</param>
    public static TrainingPipeline ByteLevel(SplitPattern pattern) => new(
        pattern == SplitPattern.Qwen2 ? """{"type":"NFC"}""" : ComponentJson.Null, ComponentJson.Splits(PatternsOf(pattern)), ComponentJson.ByteLevelDecoder);

    /// <summary>Any pipeline that a tokenizer.json can express.</summary>
    /// <param name="normalizer">The object under <c>normalizer</c>; null for none.</param>
    /// <param name="preTokenizer">The object under <c>pre_tokenizer</c>; null for none.</param>
    /// <param name="decoder">The object under <c>decoder</c>; null for none.</param>
    /// <exception cref="MalformedInputException">One of them is not what the format allows.</exception>
    /// <exception cref="UnsupportedFeatureException">One of them is not known here.</exception>
    public static TrainingPipeline FromJson(string? normalizer, string? preTokenizer, string? decoder = null)
    {
        _ = Parse(decoder ?? ComponentJson.Null, "decoder", DecoderJson.Read);
        return new(normalizer ?? ComponentJson.Null, preTokenizer ?? ComponentJson.Null, decoder ?? ComponentJson.Null);
    }

    /// <summary>Whether words are bytes, written in the byte alphabet.</summary>
    public bool IsByteLevel { get; }

    /// <summary>The normalizer as tokenizer.json writes it.</summary>
    internal string Normalizer { get; }

    /// <summary>The pre-tokenizer as tokenizer.json writes it.</summary>
    internal string PreTokenizer { get; }

    /// <summary>The decoder as tokenizer.json writes it.</summary>
    internal string Decoder { get; }

    /// <summary>The normalizer; null for none.</summary>
    internal Normalizer? NormalizerStep { get; }

    /// <summary>The pre-tokenizer, without its last step where that only writes bytes in the byte alphabet; null for none.</summary>
    internal PreTokenizer? CuttingStep { get; }

    private static string[] PatternsOf(SplitPattern pattern) => pattern switch
    {
        SplitPattern.Gpt2 => [KnownPatterns.Gpt2],
        SplitPattern.DigitsThenGpt2 => [@"\p{N}", KnownPatterns.Gpt2],
        SplitPattern.Cl100k => [KnownPatterns.Cl100k],
        SplitPattern.Qwen2 => [KnownPatterns.Qwen2],
        SplitPattern.O200k => [KnownPatterns.O200k],
        _ => throw new ArgumentOutOfRangeException(nameof(pattern), pattern, "No such pattern."),
    };

    private static T? Parse<T>(string json, string key, Func<JsonPart, T?> read)
        where T : class => read(JsonPart.Parse(json, Origin, key));
}
