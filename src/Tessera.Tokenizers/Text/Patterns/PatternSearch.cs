namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>Walks the matches of a pattern; an empty match directly behind another match does not count.</summary>
internal struct PatternSearch
{
    // Steps per byte that no sensible pattern needs, so that a hostile one ends with an error rather than with the day.
    private const long StepsPerByte = 2_048, StepsAtLeast = 4_000_000;

    private readonly TextPattern _pattern;
    private long _fuel;
    private int _position;
    private int _lastEnd;

    internal PatternSearch(TextPattern pattern, int length)
    {
        _pattern = pattern;
        _fuel = StepsAtLeast + StepsPerByte * length;
        _lastEnd = -1;
    }

    /// <summary>The next match.</summary>
    /// <exception cref="ResourceLimitException">A regular expression needed more steps than the text's length allows.</exception>
    public bool Next(ReadOnlySpan<byte> text, out int start, out int end)
    {
        while (_position <= text.Length)
        {
            if (!_pattern.Find(text, _position, ref _fuel, out start, out end)) break;
            if (start == end && end == _lastEnd)
            {
                _position += _position < text.Length ? Utf8Text.LengthOf(text[_position]) : 1;
                continue;
            }

            _position = _lastEnd = end;
            return true;
        }

        (start, end) = (0, 0);
        _position = int.MaxValue;
        return false;
    }
}
