namespace Tessera.Tokenizers.Templates;

/// <summary>
/// A well-formed chat template refused or failed on this conversation. With <see cref="TemplateErrorKind.Raised"/> the message is the
/// template's own, word for word; otherwise it names line and column.
/// </summary>
public sealed class TemplateException : TesseraException
{
    /// <summary>Creates the exception; the renderer adds the position.</summary>
    /// <param name="kind">The family of failure.</param>
    /// <param name="reason">What went wrong, or the template's own message.</param>
    public TemplateException(TemplateErrorKind kind, string reason) : base(reason)
    {
        Kind = kind;
        Reason = reason;
    }

    /// <summary>The family of failure.</summary>
    public TemplateErrorKind Kind { get; }

    /// <summary>What went wrong, without the position; the template's own message if it raised.</summary>
    public string Reason { get; }

    /// <summary>Line in the template, from 1; 0 if unknown.</summary>
    public int Line { get; private set; }

    /// <summary>Column in that line in UTF-16 units, from 1; 0 if unknown.</summary>
    public int Column { get; private set; }

    /// <inheritdoc/>
    public override string Message =>
        Kind == TemplateErrorKind.Raised || Line == 0 ? Reason : $"chat template: line {Line}, column {Column}: {Reason}";

    internal void Locate((int Line, int Column) position)
    {
        if (Line == 0)
            (Line, Column) = position;
    }
}
