namespace Tessera.Tokenizers.Templates.Syntax;

/// <summary>A template's text with line ends normalised to LF and one final LF removed, as Jinja reads it; tells positions for errors.</summary>
internal sealed class SourceText
{
    /// <summary>What errors call a template.</summary>
    public const string Name = "chat template";

    public SourceText(string template)
    {
        Text = template.Contains('\r', StringComparison.Ordinal)
            ? template.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n')
            : template;
        if (Text.EndsWith('\n'))
            Text = Text[..^1];
    }

    public string Text { get; }

    /// <summary>Line and column, both from 1, of an index into <see cref="Text"/>.</summary>
    public (int Line, int Column) Locate(int offset)
    {
        var before = Text.AsSpan(0, Math.Clamp(offset, 0, Text.Length));
        return (before.Count('\n') + 1, before.Length - before.LastIndexOf('\n'));
    }

    public MalformedInputException Malformed(int offset, string reason)
    {
        var (line, column) = Locate(offset);
        return new MalformedInputException(Name, $"line {line}, column {column}", reason);
    }

    public UnsupportedFeatureException Unsupported(int offset, string feature, string? advice = null)
    {
        var (line, column) = Locate(offset);
        return new UnsupportedFeatureException(Name, $"{feature} (line {line}, column {column})", advice);
    }
}
