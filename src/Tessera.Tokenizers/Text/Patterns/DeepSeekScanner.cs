using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>
/// The three patterns of DeepSeek V3 and R1 one after the other: numbers of up to three characters, runs of Chinese characters and kana, and on what lies between
/// <see cref="KnownPatterns.DeepSeekMain"/>, which sees nothing beyond: a bound of the first two is for it the end of the text.
/// </summary>
internal sealed class DeepSeekScanner : PieceScanner
{
    /// <summary>How many digits a piece may hold.</summary>
    public const int Digits = 3;

    private const uint LettersAndMarks = L | CharacterClass.Mark, Symbols = CharacterClass.Punctuation | CharacterClass.Symbol;

    public static DeepSeekScanner Instance { get; } = new();

    /// <summary>Whether a character is of the runs that the second pattern takes.</summary>
    public static bool IsInRun(int scalar) => scalar is >= 0x4E00 and <= 0x9FA5 or >= 0x3040 and <= 0x30FF;

    public override int Next(ReadOnlySpan<byte> text, int start)
    {
        var scalar = Utf8Text.Decode(text, start, out _);
        if (CharacterClass.Is(scalar, N)) return RunUpTo(text, start, N, Digits);
        var stretch = new Stretch(text, IsInRun(scalar));
        var end = Match(stretch, start);
        if (end > start) return end;
        // What the pattern does not match, control characters and the like, is one piece up to its next match.
        do
        {
            Utf8Text.Decode(text, end, out var length);
            end += length;
        }
        while (stretch.ClassAt(end, out _, out _) != 0 && Match(stretch, end) == end);
        return end;
    }

    /// <summary>The end of the match at a position; the position where there is none.</summary>
    private static int Match(Stretch stretch, int start)
    {
        var text = stretch.Text;
        var bit = stretch.ClassAt(start, out var scalar, out var length);
        if (scalar < 0x80 && (bit & Symbols) != 0 && start + 1 < text.Length && char.IsAsciiLetter((char)text[start + 1]))
        {
            var word = start + 2;
            while (word < text.Length && char.IsAsciiLetter((char)text[word])) word++;
            return word;
        }

        if ((bit & LettersAndMarks) != 0) return stretch.Run(start, LettersAndMarks);
        if ((bit & Symbols) == 0 && scalar is not '\r' and not '\n' && (stretch.ClassAt(start + length, out _, out _) & LettersAndMarks) != 0)
            return stretch.Run(start + length, LettersAndMarks);
        var at = scalar == ' ' ? start + 1 : start;
        var end = stretch.Run(at, Symbols);
        if (end > at) return stretch.IsRun ? end : RunOfBytes(text, end, "\r\n"u8);
        if ((bit & S) == 0) return start;
        end = CharacterClass.Run(text, start, S);
        var line = text[start..end].LastIndexOfAny((byte)'\r', (byte)'\n');
        return line < 0 && stretch.ClassAt(end, out _, out _) == 0 ? end : WhiteSpaceByLines(text, start);
    }

    /// <summary>Text up to the first number or, by the kind of stretch, up to the first character that is or is not of the runs.</summary>
    private readonly ref struct Stretch(ReadOnlySpan<byte> text, bool isRun)
    {
        public ReadOnlySpan<byte> Text { get; } = text;

        public bool IsRun { get; } = isRun;

        /// <summary>The class at a position, as a bit; 0 at the end of the stretch.</summary>
        public uint ClassAt(int index, out int scalar, out int length)
        {
            (scalar, length) = (-1, 0);
            if (index >= Text.Length) return 0;
            scalar = Utf8Text.DecodeInPlace(Text, index, out length);
            var bit = 1u << CharacterClass.Of(scalar);
            return (bit & N) != 0 || IsInRun(scalar) != IsRun ? 0 : bit;
        }

        public int Run(int index, uint mask)
        {
            while ((ClassAt(index, out _, out var length) & mask) != 0) index += length;
            return index;
        }
    }
}
