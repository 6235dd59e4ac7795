namespace Tessera.Tokenizers.Measures.Lexical;

/// <summary>How letters change case.</summary>
public enum LetterCasing
{
    /// <summary>As Unicode maps them by default.</summary>
    Invariant,

    /// <summary>Turkish and Azerbaijani: I goes with ı and İ with i.</summary>
    Turkish,
}
