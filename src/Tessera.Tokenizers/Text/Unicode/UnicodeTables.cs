namespace Tessera.Tokenizers.Text.Unicode;

/// <summary>
/// The tables of unicode.txt, each read on its first use: marks, punctuation, decompositions, combining classes, scripts. The versions are those
/// that tokenizers 0.23 uses for normalization forms, accents and scripts (9), punctuation and BERT's clean-up (8), so that ids agree.
/// </summary>
internal static class UnicodeTables
{
    private static readonly Lazy<CodePointSet> s_nonSpacing = new(static () => new("nonspacing"u8));
    private static readonly Lazy<CodePointSet> s_nonSpacing8 = new(static () => new("nonspacing8"u8));
    private static readonly Lazy<CodePointSet> s_format8 = new(static () => new("format8"u8));
    private static readonly Lazy<CodePointSet> s_spacing = new(static () => new("spacing"u8));
    private static readonly Lazy<CodePointSet> s_punctuation = new(static () => new("punctuation"u8));
    private static readonly Lazy<UnicodeDecompositions> s_canonical = new(static () => new("canonical"u8));
    private static readonly Lazy<UnicodeDecompositions> s_excluded = new(static () => new("excluded"u8));
    private static readonly Lazy<UnicodeDecompositions> s_compatibility = new(static () => new("compatibility"u8));
    private static readonly Lazy<byte[]> s_combining = new(ReadCombining);
    private static readonly Lazy<CompositionTable> s_compositions = new(static () => new(s_canonical.Value));
    private static readonly Lazy<UnicodeScripts> s_scripts = new(static () => new());

    /// <summary>Whether a scalar is a non-spacing mark (Mn) of Unicode 8.</summary>
    public static bool IsNonSpacingMark8(int scalar) => scalar >= 0x300 && s_nonSpacing8.Value.Contains(scalar);

    /// <summary>Whether a scalar is a format control (Cf) of Unicode 8.</summary>
    public static bool IsFormat8(int scalar) => scalar >= 0xAD && s_format8.Value.Contains(scalar);

    /// <summary>Whether a scalar is a mark (Mn, Mc, Me).</summary>
    public static bool IsMark(int scalar) => scalar >= 0x300 && (s_nonSpacing.Value.Contains(scalar) || s_spacing.Value.Contains(scalar));

    /// <summary>Whether a scalar beyond ASCII is punctuation (P).</summary>
    public static bool IsPunctuation(int scalar) => s_punctuation.Value.Contains(scalar);

    /// <summary>The canonical combining class; 0 for starters.</summary>
    public static int CombiningClass(int scalar)
    {
        if (scalar < 0x300) return 0;
        var classes = s_combining.Value;
        return (uint)scalar < (uint)classes.Length ? classes[scalar] : 0;
    }

    /// <summary>The decomposition of a scalar by one level; none where it has none.</summary>
    public static ReadOnlySpan<int> Decomposition(int scalar, bool compatibility)
    {
        var parts = s_canonical.Value[scalar];
        if (parts.Length == 0) parts = s_excluded.Value[scalar];
        return parts.Length == 0 && compatibility ? s_compatibility.Value[scalar] : parts;
    }

    /// <summary>The primary composite of two scalars, or −1. Hangul excepted.</summary>
    public static int Composition(int first, int second) => s_compositions.Value.Find(first, second);

    /// <summary>Whether a scalar is the second of a primary composite. Hangul excepted.</summary>
    public static bool IsCompositionSecond(int scalar) => s_compositions.Value.IsSecond(scalar);

    /// <summary>Whether a scalar decomposes canonically and is not what its parts compose to.</summary>
    public static bool IsNeverComposed(int scalar) => s_excluded.Value[scalar].Length > 0;

    /// <summary>The script of a scalar by its long name; Common, Inherited, Unknown where it has none of its own.</summary>
    public static string Script(int scalar) => s_scripts.Value[scalar];

    /// <summary>The long name of a script that is given without regard to case and underscores, or null.</summary>
    public static string? FindScript(string name) => s_scripts.Value.Find(name);

    private static byte[] ReadCombining()
    {
        var classes = new byte[0x1E94B]; // none behind U+1E94A
        for (var items = new UnicodeItems("ccc"u8); items.Next();)
        {
            byte value = 0;
            foreach (var digit in items.Value) value = (byte)(10 * value + digit - '0');
            for (var scalar = items.First; scalar <= items.Last; scalar++) classes[scalar] = value;
        }

        return classes;
    }
}
