namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>Conditions on a position.</summary>
internal enum RegexAssertion
{
    /// <summary><c>^</c></summary>
    LineStart,

    /// <summary><c>$</c></summary>
    LineEnd,

    /// <summary><c>\A</c></summary>
    TextStart,

    /// <summary><c>\z</c></summary>
    TextEnd,

    /// <summary><c>\Z</c>: the end, or before a last line end.</summary>
    TextEndOrLine,

    /// <summary><c>\b</c></summary>
    WordBoundary,

    /// <summary><c>\B</c></summary>
    NoWordBoundary,
}
