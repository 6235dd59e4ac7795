using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>The patterns that published tokenizers use, by their text, and the scanners that stand for them.</summary>
internal static class KnownPatterns
{
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    public const string Cl100k = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    // tiktoken writes \p{N}{1,3}+, which other engines read as a repetition of the whole.
    public const string TiktokenCl100k = @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s";

    public const string Qwen2 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public const string O200k = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public const string Tekken = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
        + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
        + @"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public const string DeepSeekMain = @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public const string DeepSeekCjk = "[一-龥぀-ゟ゠-ヿ]+";

    private const string Qwen35 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string ThreeDigits = @"\p{N}{1,3}";

    /// <summary>Whether patterns, one after the other, are those that <see cref="DeepSeekScanner"/> stands for. Their files write line ends as such.</summary>
    public static bool AreDeepSeek(string? first, string? second, string? third) =>
        first == ThreeDigits && second == DeepSeekCjk && third?.Replace("\r", @"\r", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal) == DeepSeekMain;

    /// <summary>The scanner of a pattern, or null where the general engine has to do.</summary>
    public static TextPattern? Find(string pattern) => pattern switch
    {
        Gpt2 => Gpt2Scanner.Instance,
        Cl100k => Cl100kScanner.Cl100k,
        TiktokenCl100k => Cl100kScanner.Tiktoken,
        Qwen2 => Cl100kScanner.Qwen2,
        Qwen35 => Cl100kScanner.Qwen35,
        O200k => O200kScanner.O200k,
        Tekken => O200kScanner.Tekken,
        ThreeDigits => new ClassRunPattern(IsNumber, DeepSeekScanner.Digits),
        DeepSeekCjk => new ClassRunPattern(DeepSeekScanner.IsInRun),
        @"\s+" => new ClassRunPattern(static c => CharacterClass.Is(c, CharacterClass.Space)),
        _ => null,
    };

    private static bool IsNumber(int scalar) => CharacterClass.Is(scalar, CharacterClass.Number);
}
