namespace Tessera.Tokenizers.Measures.Lexical;

/// <summary>Knows more words than a list holds: a dictionary with rules of inflection, or any analyser that a caller has.</summary>
public interface IWordAnalyser
{
    /// <summary>Whether a string is a word of the language.</summary>
    /// <param name="word">The string, as it was written.</param>
    bool IsWord(string word);

    /// <summary>The roots that a word may be made from; empty where it is none.</summary>
    /// <param name="word">The string, as it was written.</param>
    IEnumerable<string> Roots(string word);
}
