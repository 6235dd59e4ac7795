using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Unigram;

/// <summary>
/// The unigram language model of pieces (Kudo, "Subword Regularization", arXiv 1804.10959): the segmentation of highest total score, found
/// by Viterbi over byte positions. Ties go to what was found first; neighbouring unknown characters become one token.
/// </summary>
internal sealed partial class UnigramModel : CachedModel
{
    // SentencePiece's penalty of an unknown character below the worst piece (unigram_model.cc, kUnkPenalty).
    private const double UnknownPenalty = 10;

    private readonly DoubleArrayTrie _trie;
    private readonly double[] _scores;
    private readonly double _unknownScore;
    private readonly int _unknown;
    private readonly int[]? _fallback;
    private readonly bool[]? _isSearched;

    /// <summary>Creates the model.</summary>
    /// <param name="vocabulary">The pieces; ids are places in <paramref name="scores"/>.</param>
    /// <param name="scores">Logarithms of the pieces' probabilities, finite.</param>
    /// <param name="unknownId">The token of unknown text; −1 for none, which makes unknown text an error.</param>
    /// <param name="byteFallback">Whether unknown text becomes its bytes' tokens where they exist.</param>
    /// <param name="isSearched">Which ids may match text; null for all.</param>
    public UnigramModel(Vocabulary vocabulary, double[] scores, int unknownId, bool byteFallback, bool[]? isSearched = null)
    {
        Vocabulary = vocabulary;
        _scores = scores;
        _unknown = unknownId;
        _isSearched = isSearched;
        var lowest = scores.Length == 0 ? 0 : double.PositiveInfinity;
        foreach (var score in scores) lowest = Math.Min(lowest, score);
        _unknownScore = lowest - UnknownPenalty;
        if (byteFallback) _fallback = BpeModel.ByteTokens(vocabulary);
        var entries = new List<int>(vocabulary.Count);
        for (var entry = 0; entry < vocabulary.Count; entry++)
        {
            if (vocabulary.Entry(entry).Length > 0 && (isSearched is null || isSearched[vocabulary.IdOf(entry)])) entries.Add(entry);
        }

        _trie = new DoubleArrayTrie(vocabulary, entries.ToArray());
    }

    public override Vocabulary Vocabulary { get; }

    /// <summary>The scores by id.</summary>
    public IReadOnlyList<double> Scores => _scores;

    /// <summary>Which ids may match text; null for all.</summary>
    public IReadOnlyList<bool>? Searched => _isSearched;

    /// <summary>The token of unknown text, or −1.</summary>
    public int UnknownId => _unknown;

    /// <summary>Whether unknown text falls back to bytes.</summary>
    public bool HasByteFallback => _fallback is not null;

    protected override int ShownToken => _unknown;

    protected override bool Cut(ReadOnlySpan<byte> piece, TokenBuffer output, EncodeScratch scratch)
    {
        var lattice = scratch.Unigram;
        lattice.Start(piece.Length);
        if (scratch.SamplingAlpha is { } alpha) Draw(piece, lattice, scratch, alpha);
        else Search(piece, lattice);
        for (var end = piece.Length; end > 0; end = lattice.Starts[end]) lattice.Path.Add(end);
        var start = 0;
        for (var i = lattice.Path.Count - 1; i >= 0; i--)
        {
            var end = lattice.Path[i];
            var token = lattice.Tokens[end];
            if (token == _unknown)
            {
                while (i > 0 && lattice.Tokens[lattice.Path[i - 1]] == _unknown) end = lattice.Path[--i];
                EmitUnknown(piece[start..end], start, output);
            }
            else
            {
                output.Add(token, start, end);
            }

            start = end;
        }

        return true;
    }

    private void Search(ReadOnlySpan<byte> piece, UnigramScratch lattice)
    {
        var (trie, tokenScores) = (_trie, _scores);
        var (bestScores, bestStarts, bestTokens) = (lattice.Scores, lattice.Starts, lattice.Tokens);
        for (var start = 0; start < piece.Length;)
        {
            var score = bestScores[start];
            var length = Utf8Text.LengthOf(piece[start]);
            var single = false;
            var node = DoubleArrayTrie.Root;
            for (var end = start; end < piece.Length;)
            {
                node = trie.Child(node, piece[end++]);
                if (node < 0) break;
                if (trie.Value(node) is not (>= 0 and var token)) continue;
                single |= end - start == length;
                Offer(end, token, score + tokenScores[token]);
            }

            if (!single) Offer(start + length, _unknown, score + _unknownScore);
            start += length;

            void Offer(int end, int token, double offered)
            {
                if (bestStarts[end] >= 0 && !(offered > bestScores[end])) return;
                (bestStarts[end], bestTokens[end], bestScores[end]) = (start, token, offered);
            }
        }
    }

    private void EmitUnknown(ReadOnlySpan<byte> text, int start, TokenBuffer output)
    {
        var known = Vocabulary.Find(text);
        if (known >= 0)
        {
            output.Add(known, start, start + text.Length);
            return;
        }

        if (_fallback is not null && AllBytesKnown(text))
        {
            foreach (var b in text) output.Add(_fallback[b], start, start + text.Length);
            return;
        }

        if (_unknown < 0) throw new MalformedInputException("tokenizer", "model.unk_id", "the text holds what no piece covers, and there is no unknown token");
        output.Add(_unknown, start, start + text.Length);
        output.SetText(text);
    }

    private bool AllBytesKnown(ReadOnlySpan<byte> text)
    {
        foreach (var b in text)
        {
            if (_fallback![b] < 0) return false;
        }

        return true;
    }
}
