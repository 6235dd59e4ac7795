using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.WordPiece;

/// <summary>The tokens of a WordPiece for walking a word byte by byte: those that start one, and those that go on, without their prefix.</summary>
internal sealed class WordPieceTries
{
    /// <summary>Builds both.</summary>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="continuingPrefix">What tokens inside a word start with.</param>
    public WordPieceTries(Vocabulary vocabulary, ReadOnlySpan<byte> continuingPrefix)
    {
        var (initial, continuing) = (new List<int>(vocabulary.Count), new List<int>());
        for (var entry = 0; entry < vocabulary.Count; entry++)
        {
            var token = vocabulary.Entry(entry);
            if (token.Length == 0) continue;
            initial.Add(entry);
            if (token.Length > continuingPrefix.Length && token.StartsWith(continuingPrefix)) continuing.Add(entry);
        }

        Initial = new DoubleArrayTrie(vocabulary, initial.ToArray());
        Continuing = new DoubleArrayTrie(vocabulary, continuing.ToArray(), continuingPrefix.Length);
    }

    /// <summary>All tokens.</summary>
    public DoubleArrayTrie Initial { get; }

    /// <summary>Those with the prefix.</summary>
    public DoubleArrayTrie Continuing { get; }
}
