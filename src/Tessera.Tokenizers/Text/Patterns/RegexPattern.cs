namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>A regular expression on scalars, for patterns that no scanner stands for. Compiled once, shared by threads.</summary>
internal sealed class RegexPattern : TextPattern
{
    private readonly RegexProgram _program;
    private readonly bool[]? _firstBytes;

    private RegexPattern(string source, RegexNode node, string file, string place)
    {
        Source = source;
        _program = RegexProgram.Compile(node, file, place);
        _firstBytes = RegexProgram.FirstBytes(node);
    }

    /// <summary>The regular expression.</summary>
    public string Source { get; }

    /// <summary>A compiled pattern, even where a scanner stands for it (<see cref="KnownPatterns"/>).</summary>
    /// <param name="pattern">The regular expression.</param>
    /// <param name="file">The file for messages.</param>
    /// <param name="place">The place in it.</param>
    public static RegexPattern Compile(string pattern, string file, string place) => new(pattern, RegexParser.Parse(pattern, file, place), file, place);

    public override bool Find(ReadOnlySpan<byte> text, int from, ref long fuel, out int start, out int end)
    {
        var matcher = new RegexMatcher(text, fuel);
        try
        {
            for (start = from; start <= text.Length;)
            {
                if (_firstBytes is null || start < text.Length && _firstBytes[text[start]])
                {
                    end = matcher.Match(_program, start);
                    if (end >= 0) return true;
                }

                if (start == text.Length) break;
                start += Utf8Text.LengthOf(text[start]);
            }

            (start, end) = (0, 0);
            return false;
        }
        finally
        {
            fuel = matcher.Fuel;
            matcher.Dispose();
        }
    }
}
