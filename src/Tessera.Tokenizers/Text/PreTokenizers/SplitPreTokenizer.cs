using Tessera.Tokenizers.Text.Patterns;
using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Text.PreTokenizers;

/// <summary>Cuts at the matches of a pattern. Most pre-tokenizers are this one with a particular pattern and behaviour.</summary>
/// <param name="pattern">The pattern.</param>
/// <param name="behavior">What becomes of its matches.</param>
/// <param name="invert">Whether matches and what lies between change roles.</param>
internal sealed class SplitPreTokenizer(TextPattern pattern, SplitBehavior behavior, bool invert) : CuttingPreTokenizer
{
    /// <summary>The pattern, where its pieces are the matches and what lies between; null where something is left out or put together.</summary>
    public TextPattern? Isolated => behavior == SplitBehavior.Isolated || behavior == SplitBehavior.Removed && invert && pattern is PieceScanner ? pattern : null;

    /// <summary>Whether nothing is cut in a text without a certain byte.</summary>
    public bool CutsOnlyAt(byte literal) => !invert && pattern is LiteralPattern only && only.Literal is [var single] && single == literal;

    /// <summary>Words and runs of symbols, white space dropped: <c>\w+|[^\w\s]+</c>.</summary>
    public static SplitPreTokenizer Whitespace { get; } = new(new WordOrSymbolPattern(), SplitBehavior.Removed, invert: true);

    /// <summary>Punctuation: ASCII symbols and category P of Unicode 8.</summary>
    public static SplitPreTokenizer Punctuation(SplitBehavior behavior) => new(new ClassRunPattern(IsPunctuation, 1), behavior, invert: false);

    /// <summary>Each number (categories N) by itself.</summary>
    public static SplitPreTokenizer IndividualDigits { get; } = new(new ClassRunPattern(IsDigit, 1), SplitBehavior.Isolated, invert: false);

    /// <summary>Numbers (categories N), each character alone or in runs.</summary>
    public static SplitPreTokenizer Digits(bool individual) => individual ? IndividualDigits : new(new ClassRunPattern(IsDigit, 1), SplitBehavior.Contiguous, invert: false);

    public override void Cut(ReadOnlySpan<byte> piece, int offset, PieceList into)
    {
        var cutter = new Cutter(behavior, offset, into);
        var search = pattern.Search(piece.Length);
        var covered = 0;
        while (search.Next(piece, out var start, out var end))
        {
            cutter.Add(covered, start, invert);
            cutter.AddMatch(start, end, !invert);
            covered = end;
        }

        cutter.Add(covered, piece.Length, invert);
        cutter.Finish();
    }

    /// <summary>Whether a scalar is an ASCII symbol or of category P of Unicode 8.</summary>
    public static bool IsPunctuation(int scalar) => scalar < 0x80
        ? scalar is >= 0x21 and <= 0x2F or >= 0x3A and <= 0x40 or >= 0x5B and <= 0x60 or >= 0x7B and <= 0x7E
        : UnicodeTables.IsPunctuation(scalar);

    /// <summary>Whether a scalar is a number.</summary>
    // Numbers since Unicode 17, which .NET 10 does not know yet: Tolong Siki digits, Yangqin signs.
    public static bool IsDigit(int scalar) => CharacterClass.Is(scalar, CharacterClass.Number) || scalar is >= 0x11DE0 and <= 0x11DE9 or >= 0x16FF4 and <= 0x16FF6;

    /// <summary>Puts stretches, in turn matches and what lies between, together by the behaviour.</summary>
    private struct Cutter(SplitBehavior behavior, int offset, PieceList into)
    {
        private int _start;
        private int _end;
        private bool _pending;
        private bool _match;

        /// <summary>What lies between matches; an empty stretch does not exist.</summary>
        public void Add(int start, int end, bool isMatch)
        {
            if (start < end) AddMatch(start, end, isMatch);
        }

        public void AddMatch(int start, int end, bool isMatch)
        {
            switch (behavior)
            {
                case SplitBehavior.Removed:
                    if (!isMatch) into.Add(offset + start, offset + end);
                    return;
                case SplitBehavior.Isolated:
                    into.Add(offset + start, offset + end);
                    return;
            }

            var joins = _pending && behavior switch
            {
                SplitBehavior.MergedWithPrevious => isMatch && !_match,
                SplitBehavior.MergedWithNext => !isMatch && _match,
                _ => isMatch == _match,
            };
            if (joins)
            {
                _end = end;
                _match = isMatch;
                return;
            }

            Finish();
            (_start, _end, _pending, _match) = (start, end, true, isMatch);
        }

        public void Finish()
        {
            if (_pending) into.Add(offset + _start, offset + _end);
            _pending = false;
        }
    }
}
