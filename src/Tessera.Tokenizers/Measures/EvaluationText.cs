namespace Tessera.Tokenizers.Measures;

/// <summary>Texts that are measured together: a file, a domain, a language.</summary>
/// <param name="Name">What reports call them.</param>
/// <param name="Texts">The texts.</param>
public sealed record EvaluationText(string Name, IReadOnlyList<string> Texts);
