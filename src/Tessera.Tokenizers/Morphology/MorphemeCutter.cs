namespace Tessera.Tokenizers.Morphology;

/// <summary>
/// Cuts text before training at the boundaries of morphemes, so that no merge crosses one: a word's first piece holds the blank before it, the
/// others stand alone. What comes out may be used without the analyser (the vocabulary then only favours morphemes), or with it
/// (<see cref="MorphemeTokenizer"/>).
/// </summary>
[Method("morpheme-bpe", "KLUE: Korean Language Understanding Evaluation", "2105.09680", 2021, MethodStage.Tokenizer)]
public sealed class MorphemeCutter
{
    private readonly IMorphemeAnalyser _analyser;

    /// <summary>Creates a cutter.</summary>
    /// <param name="analyser">Finds the morphemes.</param>
    public MorphemeCutter(IMorphemeAnalyser analyser)
    {
        ArgumentNullException.ThrowIfNull(analyser);
        _analyser = analyser;
    }

    /// <summary>The analyser.</summary>
    public IMorphemeAnalyser Analyser => _analyser;

    /// <summary>Cuts texts.</summary>
    /// <param name="texts">The texts, read once; no piece spans two.</param>
    public IEnumerable<string> Cut(IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        foreach (var text in texts)
        {
            foreach (var piece in Cut(text)) yield return piece;
        }
    }

    /// <summary>Cuts a text.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Pieces; one behind the other they are the text.</returns>
    /// <exception cref="ArgumentException">The analyser gave morphemes that overlap or lie outside of the text.</exception>
    public IEnumerable<string> Cut(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var bounds = Bounds(text);
        for (var i = 0; i + 1 < bounds.Count; i++) yield return text[bounds[i]..bounds[i + 1]];
    }

    /// <summary>Where pieces begin, and the text's end.</summary>
    internal List<int> Bounds(string text)
    {
        var (bounds, end) = (new List<int>(), 0);
        if (text.Length > 0) bounds.Add(0);
        foreach (var morpheme in _analyser.Analyse(text))
        {
            if (morpheme.Start < end || morpheme.Length < 1 || (long)morpheme.Start + morpheme.Length > text.Length)
                throw new ArgumentException($"The analyser gave a morpheme of {morpheme.Length} at {morpheme.Start}, which overlaps another or lies outside of the text.");
            // Only boundaries within words count: between words the tokenizer's own pattern cuts.
            if (morpheme.Start > 0 && !char.IsWhiteSpace(text[morpheme.Start - 1])) bounds.Add(morpheme.Start);
            end = morpheme.Start + morpheme.Length;
            if (end < text.Length && !char.IsWhiteSpace(text[end])) bounds.Add(end);
        }

        if (text.Length > 0) bounds.Add(text.Length);
        return [.. bounds.Distinct()];
    }
}
