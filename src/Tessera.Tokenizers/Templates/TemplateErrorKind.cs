namespace Tessera.Tokenizers.Templates;

/// <summary>Why rendering a chat template stopped. The families follow Python's exceptions, which template authors know.</summary>
public enum TemplateErrorKind
{
    /// <summary>The template called <c>raise_exception</c>: a message for the user (for example that roles must alternate).</summary>
    Raised,

    /// <summary>Something that is not defined was used as if it were.</summary>
    Undefined,

    /// <summary>An operation met a value of the wrong type.</summary>
    Type,

    /// <summary>An argument has the right type and an impossible value.</summary>
    Value,

    /// <summary>The sandbox refused: a mutating method, or an attribute that begins with an underscore.</summary>
    Security,

    /// <summary>Division by zero, or a number outside of what it can hold.</summary>
    Arithmetic,
}
