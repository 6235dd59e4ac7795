using System.Runtime.CompilerServices;
using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>
/// GPT-2's pattern: <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c> (openai/gpt-2, encoder.py).
/// </summary>
internal sealed class Gpt2Scanner : PieceScanner
{
    public static Gpt2Scanner Instance { get; } = new();

    public override int Next(ReadOnlySpan<byte> text, int start) => Piece(text, start);

    /// <summary>
    /// As <see cref="Next"/>, to be compiled into a fused pipeline: the first texts of a process are cut by what was compiled ahead of time, since
    /// compiling this well takes milliseconds.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Piece(ReadOnlySpan<byte> text, int start)
    {
        var scalar = Utf8Text.Decode(text, start, out var length);
        if (scalar == '\'' && Contraction(text, start, anyCase: false) is var contraction and > 0) return start + contraction;
        var at = start;
        if (scalar == ' ' && start + 1 < text.Length)
        {
            at = start + 1;
            scalar = Utf8Text.Decode(text, at, out length);
        }

        var bit = 1u << CharacterClass.Of(scalar);
        if ((bit & S) != 0) return WhiteSpace(text, start);
        return CharacterClass.Run(text, at + length, (bit & L) != 0 ? L : (bit & N) != 0 ? N : X);
    }
}
