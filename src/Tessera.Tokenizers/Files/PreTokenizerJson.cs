using System.Text;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.Patterns;
using Tessera.Tokenizers.Text.PreTokenizers;

namespace Tessera.Tokenizers.Files;

/// <summary>Reads the pre-tokenizer of a tokenizer.json.</summary>
internal static class PreTokenizerJson
{
    /// <summary>The pre-tokenizer; null for null.</summary>
    public static PreTokenizer? Read(JsonPart part)
    {
        if (part.IsNull) return null;
        var type = part.Required("type").AsString();
        return type switch
        {
            "Sequence" => new SequencePreTokenizer(Steps(part.Required("pretokenizers").Items)),
            "ByteLevel" => new ByteLevelPreTokenizer(part.Required("add_prefix_space").AsBool(), part.Bool("use_regex", true)),
            "BertPreTokenizer" => WordPreTokenizer.Bert,
            "Whitespace" => SplitPreTokenizer.Whitespace,
            "WhitespaceSplit" => WordPreTokenizer.WhitespaceSplit,
            "Digits" => SplitPreTokenizer.Digits(part.Required("individual_digits").AsBool()),
            "Punctuation" => SplitPreTokenizer.Punctuation(Behavior(part.Find("behavior"), SplitBehavior.Isolated)),
            "Split" => new SplitPreTokenizer(PatternJson.Read(part.Required("pattern")), Behavior(part.Required("behavior"), null), part.Required("invert").AsBool()),
            "CharDelimiterSplit" => new SplitPreTokenizer(new LiteralPattern(Utf8Text.BytesOf(Character(part.Required("delimiter")).ToString())), SplitBehavior.Removed, invert: false),
            "FixedLength" => new FixedLengthPreTokenizer(Math.Max(1, part.Find("length") is { IsNull: false } length ? length.AsCount() : 5)),
            "UnicodeScripts" => new UnicodeScriptsPreTokenizer(),
            "Metaspace" => Metaspace(part),
            _ => throw part.Unsupported($"pre-tokenizer \"{type}\""),
        };
    }

    /// <summary>Pre-tokenizers one after the other; three that one scanner stands for become one.</summary>
    private static PreTokenizer[] Steps(JsonPart[] items)
    {
        var steps = new List<PreTokenizer>(items.Length);
        for (var i = 0; i < items.Length; i++)
        {
            if (i + 2 < items.Length && KnownPatterns.AreDeepSeek(Isolated(items[i]), Isolated(items[i + 1]), Isolated(items[i + 2])))
            {
                steps.Add(new SplitPreTokenizer(DeepSeekScanner.Instance, SplitBehavior.Isolated, invert: false));
                i += 2;
                continue;
            }

            steps.Add(Read(items[i]) ?? throw items[i].Wrong("a pre-tokenizer is expected"));
        }

        return steps.ToArray();
    }

    /// <summary>The regular expression whose matches and what lies between become pieces; null where a pre-tokenizer is another.</summary>
    private static string? Isolated(JsonPart part) =>
        part.IsObject && part.String("type") == "Split" && part.String("behavior") == nameof(SplitBehavior.Isolated) && !part.Bool("invert", true) && part.Find("pattern") is { IsObject: true } pattern
            ? pattern.String("Regex")
            : null;

    /// <summary>The marker and the scheme of a Metaspace part; old files have add_prefix_space instead of a scheme.</summary>
    public static (string Marker, PrependScheme Scheme, bool Split) MetaspaceSettings(JsonPart part)
    {
        var marker = Character(part.Required("replacement")).ToString();
        PrependScheme? scheme = part.String("prepend_scheme") switch
        {
            null => null,
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            var other => throw part.Find("prepend_scheme").Wrong($"\"{other}\" is none of always, first, never"),
        };
        var prefix = part.Find("add_prefix_space");
        if (prefix is { IsNull: false } && !prefix.AsBool())
        {
            if (scheme is not null and not PrependScheme.Never) throw prefix.Wrong("false, while prepend_scheme says otherwise");
            scheme = PrependScheme.Never; // old files, which the reference refuses by now
        }

        return (marker, scheme ?? PrependScheme.Always, part.Bool("split", true));
    }

    /// <summary>One character.</summary>
    public static Rune Character(JsonPart part)
    {
        var text = part.AsString();
        return Rune.DecodeFromUtf16(text, out var rune, out var used) == System.Buffers.OperationStatus.Done && used == text.Length
            ? rune
            : throw part.Wrong("one character is expected");
    }

    private static MetaspacePreTokenizer Metaspace(JsonPart part)
    {
        var (marker, scheme, split) = MetaspaceSettings(part);
        return new MetaspacePreTokenizer(Utf8Text.BytesOf(marker), scheme, split);
    }

    private static SplitBehavior Behavior(JsonPart part, SplitBehavior? otherwise)
    {
        if (part.IsNull && otherwise is { } value) return value;
        return part.AsString() switch
        {
            "Removed" => SplitBehavior.Removed,
            "Isolated" => SplitBehavior.Isolated,
            "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
            "MergedWithNext" => SplitBehavior.MergedWithNext,
            "Contiguous" => SplitBehavior.Contiguous,
            var other => throw part.Wrong($"\"{other}\" is none of Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous"),
        };
    }
}
