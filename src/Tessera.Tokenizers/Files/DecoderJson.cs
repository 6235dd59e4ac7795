using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.Decoders;

namespace Tessera.Tokenizers.Files;

/// <summary>Reads the decoder of a tokenizer.json.</summary>
internal static class DecoderJson
{
    /// <summary>The decoder; null for null.</summary>
    public static Text.Decoders.Decoder? Read(JsonPart part)
    {
        if (part.IsNull) return null;
        var type = part.Required("type").AsString();
        return type switch
        {
            "Sequence" => new SequenceDecoder(part.Required("decoders").Each(Read, "a decoder is expected")),
            "ByteLevel" => new ByteLevelDecoder(),
            "Metaspace" => PreTokenizerJson.MetaspaceSettings(part) is var (marker, scheme, _) ? new MetaspaceDecoder(marker, scheme) : throw part.Wrong("no settings"),
            "WordPiece" => new WordPieceDecoder(part.Required("prefix").AsString(), part.Required("cleanup").AsBool()),
            "BPEDecoder" => new BpeSuffixDecoder(part.Required("suffix").AsString()),
            "ByteFallback" => new ByteFallbackDecoder(),
            "Fuse" => new FuseDecoder(),
            "Strip" => new StripDecoder(PreTokenizerJson.Character(part.Required("content")), part.Required("start").AsCount(), part.Required("stop").AsCount()),
            "Replace" => new ReplaceDecoder(PatternJson.Read(part.Required("pattern")), Utf8Text.BytesOf(part.Required("content").AsString())),
            "CTC" => new CtcDecoder(part.Required("pad_token").AsString(), part.Required("word_delimiter_token").AsString(), part.Required("cleanup").AsBool()),
            _ => throw part.Unsupported($"decoder \"{type}\""),
        };
    }
}
