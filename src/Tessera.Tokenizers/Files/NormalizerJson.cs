using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.Normalizers;
using Tessera.Tokenizers.Text.Patterns;

namespace Tessera.Tokenizers.Files;

/// <summary>Reads the normalizer of a tokenizer.json.</summary>
internal static class NormalizerJson
{
    /// <summary>The normalizer; null for null.</summary>
    public static Normalizer? Read(JsonPart part)
    {
        if (part.IsNull) return null;
        var type = part.Required("type").AsString();
        return type switch
        {
            "Sequence" => new SequenceNormalizer(part.Required("normalizers").Each(Read, "a normalizer is expected")),
            "NFC" => new UnicodeNormalizer(compatibility: false, compose: true),
            "NFD" => new UnicodeNormalizer(compatibility: false, compose: false),
            "NFKC" => new UnicodeNormalizer(compatibility: true, compose: true),
            "NFKD" => new UnicodeNormalizer(compatibility: true, compose: false),
            "Lowercase" => new LowercaseNormalizer(),
            "StripAccents" => FilterNormalizer.StripAccents,
            "Nmt" => FilterNormalizer.Nmt,
            "Strip" => new StripNormalizer(part.Required("strip_left").AsBool(), part.Required("strip_right").AsBool()),
            "Prepend" => new PrependNormalizer(Utf8Text.BytesOf(part.Required("prepend").AsString())),
            "Replace" => new ReplaceNormalizer(PatternJson.Read(part.Required("pattern")), Utf8Text.BytesOf(part.Required("content").AsString())),
            "BertNormalizer" or "Bert" => new BertNormalizer(
                part.Required("clean_text").AsBool(),
                part.Required("handle_chinese_chars").AsBool(),
                part.Find("strip_accents") is { IsNull: false } strip ? strip.AsBool() : null,
                part.Required("lowercase").AsBool()),
            "Precompiled" => Precompiled(part.Required("precompiled_charsmap")),
            "ByteLevel" => new ByteLevelNormalizer(),
            _ => throw part.Unsupported($"normalizer \"{type}\""),
        };
    }

    private static PrecompiledNormalizer Precompiled(JsonPart map)
    {
        try
        {
            return new PrecompiledNormalizer(Convert.FromBase64String(map.AsString()));
        }
        catch (FormatException wrong)
        {
            throw new MalformedInputException(map.File, map.Path, wrong.Message, wrong);
        }
    }
}
