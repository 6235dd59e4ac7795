namespace Tessera.Tokenizers.Training.Supertokens;

/// <summary>
/// Cuts training text into chunks of random length in place of words, so that a BPE trained on them learns tokens of several words ("of the"):
/// a merge is learnt where it stands within enough chunks. Only training is cut so; the tokenizer that comes out cuts nothing beforehand. The
/// same seed gives the same chunks.
/// </summary>
[Method("supertokens", "Achieving Tokenizer Flexibility in Language Models through Heuristic Adaptation and Supertoken Learning", "2505.09738", 2025, MethodStage.Tokenizer)]
public sealed class StochasticChunker
{
    private const int LongestRepeat = 6; // the paper's trainer takes runs of seven and more out

    private readonly ChunkLengths _lengths;
    private readonly ulong _seed;
    private readonly bool _dropRepeats;

    /// <summary>Creates a chunker.</summary>
    /// <param name="lengths">How long chunks are; null for the paper's table.</param>
    /// <param name="seed">Names the random numbers.</param>
    /// <param name="dropRepeats">Whether runs of seven or more of one character are left out, which would fill the vocabulary. Default true.</param>
    public StochasticChunker(ChunkLengths? lengths = null, ulong seed = 0, bool dropRepeats = true) =>
        (_lengths, _seed, _dropRepeats) = (lengths ?? ChunkLengths.Default, seed, dropRepeats);

    /// <summary>Cuts texts.</summary>
    /// <param name="texts">The texts, read once; no chunk spans two.</param>
    public IEnumerable<string> Cut(IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        uint number = 0;
        foreach (var text in texts)
        {
            foreach (var chunk in Cut(text, number)) yield return chunk;
            unchecked { number++; }
        }
    }

    /// <summary>Cuts a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="number">Tells the draws of several texts apart.</param>
    /// <returns>Chunks; one behind the other they are the text, less the runs that are left out.</returns>
    public IEnumerable<string> Cut(string text, uint number = 0)
    {
        ArgumentNullException.ThrowIfNull(text);
        uint position = 0;
        foreach (var stretch in _dropRepeats ? Stretches(text) : [text])
        {
            foreach (var chunk in Cut(stretch, remaining =>
            {
                var key = new RandomKey(_seed, number, position++, RandomPurpose.Tokenize);
                var (low, high) = _lengths.Bounds(_lengths.Range(key.Uniform()), remaining);
                return low + key.Below(high - low + 1, 1);
            })) yield return chunk;
        }
    }

    /// <summary>Cuts a text at lengths in characters that are drawn from what is left.</summary>
    internal static IEnumerable<string> Cut(string text, Func<int, int> draw)
    {
        var remaining = text.EnumerateRunes().Count();
        for (var start = 0; start < text.Length;)
        {
            var length = draw(remaining);
            var end = start;
            for (var i = 0; i < length; i++) end += char.IsHighSurrogate(text[end]) && end + 1 < text.Length && char.IsLowSurrogate(text[end + 1]) ? 2 : 1;
            yield return text[start..end];
            (start, remaining) = (end, remaining - length);
        }
    }

    private static IEnumerable<string> Stretches(string text)
    {
        var start = 0;
        for (var i = 0; i < text.Length;)
        {
            var end = i + 1;
            while (end < text.Length && text[end] == text[i]) end++;
            if (end - i > LongestRepeat && !char.IsSurrogate(text[i]))
            {
                if (i > start) yield return text[start..i];
                start = end;
            }

            i = end;
        }

        if (start < text.Length) yield return text[start..];
    }
}
