using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.Patterns;

namespace Tessera.Tokenizers.Files;

/// <summary>Reads a pattern of a tokenizer.json: <c>{"String": …}</c> or <c>{"Regex": …}</c>.</summary>
internal static class PatternJson
{
    /// <summary>The pattern.</summary>
    public static TextPattern Read(JsonPart part)
    {
        var (text, regex) = (part.Find("String"), part.Find("Regex"));
        if (text.IsNull == regex.IsNull) throw part.Wrong("either \"String\" or \"Regex\" is expected");
        if (!regex.IsNull) return KnownPatterns.Find(regex.AsString()) ?? RegexPattern.Compile(regex.AsString(), regex.File, regex.Path);
        return new LiteralPattern(Utf8Text.BytesOf(text.AsString()));
    }
}
