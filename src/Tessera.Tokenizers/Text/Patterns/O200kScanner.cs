using System.Runtime.CompilerServices;
using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>
/// The pattern of o200k (GPT-4o, Llama 4; openai/tiktoken, openai_public.py) and, without contractions and with single digits, of Tekken:
/// words cut where lower case turns to upper, each with an optional character before and an optional contraction behind; numbers;
/// symbols with line ends and slashes; white space.
/// </summary>
/// <param name="digits">How many digits a piece may hold.</param>
/// <param name="contractions">Whether a word takes an English contraction with it.</param>
internal sealed class O200kScanner(int digits, bool contractions) : PieceScanner
{
    private const uint Caseless = CharacterClass.UncasedLetter | CharacterClass.Mark;
    private const uint UpperSet = CharacterClass.Upper | Caseless, LowerSet = CharacterClass.Lower | Caseless;

    public static O200kScanner O200k { get; } = new(3, contractions: true);

    public static O200kScanner Tekken { get; } = new(1, contractions: false);

    /// <summary>How many digits a piece may hold.</summary>
    public int Digits => digits;

    /// <summary>Whether an English contraction belongs to the word before it.</summary>
    public bool Contractions => contractions;

    public override int Next(ReadOnlySpan<byte> text, int start) => Piece(text, start);

    /// <summary>
    /// As <see cref="Next"/>, to be compiled into a fused pipeline: the first texts of a process are cut by what was compiled ahead of time, since
    /// compiling this well takes milliseconds.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Piece(ReadOnlySpan<byte> text, int start)
    {
        var scalar = Utf8Text.Decode(text, start, out var length);
        var bit = 1u << CharacterClass.Of(scalar);
        var word = Word(text, start, scalar, bit, length);
        if (word >= 0)
        {
            if (contractions && word < text.Length && text[word] == '\'') word += Contraction(text, word, anyCase: true);
            return word;
        }

        if ((bit & N) != 0) return RunUpTo(text, start, N, digits);
        var at = scalar == ' ' ? start + 1 : start;
        if ((bit & S) == 0 || scalar == ' ' && CharacterClass.IsAt(text, at, X))
            return RunOfBytes(text, CharacterClass.Run(text, at, X), "\r\n/"u8);
        return WhiteSpaceByLines(text, start);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Word(ReadOnlySpan<byte> text, int start, int scalar, uint bit, int length)
    {
        var mayLead = (bit & (L | N)) == 0 && scalar is not '\r' and not '\n';
        var end = mayLead ? LowerWord(text, start + length) : -1;
        if (end < 0) end = LowerWord(text, start);
        if (end < 0 && mayLead) end = UpperWord(text, start + length);
        return end < 0 ? UpperWord(text, start) : end;
    }

    /// <summary><c>[upper]*[lower]+</c>: the second run if it holds anything, else up to the last character of the first run that is in both sets.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int LowerWord(ReadOnlySpan<byte> text, int start)
    {
        var upper = CharacterClass.Run(text, start, UpperSet);
        var lower = CharacterClass.Run(text, upper, LowerSet);
        if (lower > upper) return lower;
        for (var end = upper; end > start;)
        {
            if (CharacterClass.Is(Utf8Text.DecodeBefore(text, end, out var length), Caseless)) return end;
            end -= length;
        }

        return -1;
    }

    /// <summary><c>[upper]+[lower]*</c> where no lower-case letter follows: the first run.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int UpperWord(ReadOnlySpan<byte> text, int start)
    {
        var upper = CharacterClass.Run(text, start, UpperSet);
        return upper > start ? CharacterClass.Run(text, upper, LowerSet) : -1;
    }
}
