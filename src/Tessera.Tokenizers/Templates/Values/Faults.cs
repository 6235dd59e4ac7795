namespace Tessera.Tokenizers.Templates.Values;

/// <summary>Short names for the failures of rendering.</summary>
internal static class Faults
{
    public static TemplateException Type(string reason) => new(TemplateErrorKind.Type, reason);

    public static TemplateException Value(string reason) => new(TemplateErrorKind.Value, reason);

    public static TemplateException Arithmetic(string reason) => new(TemplateErrorKind.Arithmetic, reason);

    public static TemplateException Security(string reason) => new(TemplateErrorKind.Security, reason);
}
