namespace Tessera.Tokenizers.Morphology;

/// <summary>
/// Finds the morphemes of a text. An analysis that changes letters (a fused ending) has to be told as spans of what is written: where the
/// parts do not add up to it, as one span.
/// </summary>
public interface IMorphemeAnalyser
{
    /// <summary>Names the analyser, its version and its data: a tokenizer that was trained with it works with no other.</summary>
    string Identity { get; }

    /// <summary>The morphemes of a text in order, without overlaps; what lies between them is taken as it is.</summary>
    /// <param name="text">The text.</param>
    IReadOnlyList<Morpheme> Analyse(string text);
}
