using System.Runtime.CompilerServices;
using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>
/// The pattern of cl100k and Llama 3, and with single digits that of Qwen 2 (openai/tiktoken, openai_public.py):
/// <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>.
/// </summary>
/// <param name="digits">How many digits a piece may hold: 3, or 1.</param>
/// <param name="marks">Whether marks count as letters (Qwen 3.5).</param>
/// <param name="wholeEnd">Whether white space at the end of the text is one piece, line ends or not (tiktoken's own pattern since 0.8: <c>\s++$</c>).</param>
internal sealed class Cl100kScanner(int digits, bool marks = false, bool wholeEnd = false) : PieceScanner
{
    private readonly uint _letters = marks ? L | CharacterClass.Mark : L;

    public static Cl100kScanner Cl100k { get; } = new(3);

    public static Cl100kScanner Tiktoken { get; } = new(3, wholeEnd: true);

    public static Cl100kScanner Qwen2 { get; } = new(1);

    public static Cl100kScanner Qwen35 { get; } = new(1, marks: true);

    /// <summary>How many digits a piece may hold.</summary>
    public int Digits => digits;

    public override int Next(ReadOnlySpan<byte> text, int start) => Piece(text, start);

    /// <summary>
    /// As <see cref="Next"/>, to be compiled into a fused pipeline: the first texts of a process are cut by what was compiled ahead of time, since
    /// compiling this well takes milliseconds.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Piece(ReadOnlySpan<byte> text, int start)
    {
        var scalar = Utf8Text.Decode(text, start, out var length);
        if (scalar == '\'' && Contraction(text, start, anyCase: true) is var contraction and > 0) return start + contraction;
        var bit = 1u << CharacterClass.Of(scalar);
        if ((bit & _letters) != 0) return CharacterClass.Run(text, start + length, _letters);
        if ((bit & N) == 0 && scalar is not '\r' and not '\n' && CharacterClass.IsAt(text, start + length, _letters))
            return CharacterClass.Run(text, start + length, _letters);
        if ((bit & N) != 0) return RunUpTo(text, start, N, digits);
        var others = ~(_letters | N | S);
        var at = scalar == ' ' ? start + 1 : start;
        if ((bit & S) == 0 || scalar == ' ' && CharacterClass.IsAt(text, at, others))
            return RunOfBytes(text, CharacterClass.Run(text, at, others), "\r\n"u8);
        return wholeEnd && CharacterClass.Run(text, start, S) == text.Length ? text.Length : WhiteSpaceByLines(text, start);
    }
}
