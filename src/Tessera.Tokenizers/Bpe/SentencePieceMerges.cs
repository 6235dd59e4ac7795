using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Bpe;

/// <summary>
/// SentencePiece's BPE as merges: it joins the adjacent pair whose concatenation has the highest score, leftmost first. So every split of a
/// piece into two parts is a merge, and the rank is that of the piece's score; pieces of equal score share a rank.
/// </summary>
internal static class SentencePieceMerges
{
    // Work is the sum over pieces of their splits; a piece this long is no piece.
    private const int MostPieceBytes = 1_024;

    /// <summary>The merges, and symbols beyond the vocabulary for characters that are no pieces but parts of some.</summary>
    /// <param name="vocabulary">The pieces.</param>
    /// <param name="scores">Their scores by id.</param>
    /// <param name="isSearched">Which pieces text can become.</param>
    /// <param name="limits">Bounds.</param>
    public static (Merge[] Merges, Dictionary<int, int> Pseudo) Of(Vocabulary vocabulary, IReadOnlyList<float> scores, Func<int, bool> isSearched, InputLimits limits)
    {
        var pieces = vocabulary.Entries().Where(p => isSearched(p.Id)).OrderByDescending(p => scores[p.Id]).ThenBy(static p => p.Id).ToList();
        var merges = new List<Merge>();
        var pseudo = new Dictionary<int, int>();
        var rank = 0;
        for (var i = 0; i < pieces.Count; i++)
        {
            var (piece, id) = pieces[i];
            if (i > 0 && scores[id] != scores[pieces[i - 1].Id]) rank = i;
            if (piece.Length > MostPieceBytes) throw new ResourceLimitException("bytes of a piece", piece.Length, MostPieceBytes);
            for (var at = Utf8Text.LengthOf(piece[0]); at < piece.Length; at += Utf8Text.LengthOf(piece[at]))
            {
                var (left, right) = (Symbol(piece.AsSpan(0, at)), Symbol(piece.AsSpan(at)));
                if (left >= 0 && right >= 0) merges.Add(new Merge(left, right, rank, id));
            }

            if (merges.Count > limits.MaxArrayLength) throw new ResourceLimitException("splits of all pieces", merges.Count, limits.MaxArrayLength);
        }

        return ([.. merges], pseudo);

        int Symbol(ReadOnlySpan<byte> part)
        {
            var id = vocabulary.Find(part);
            if (id >= 0 && isSearched(id)) return id;
            var scalar = Utf8Text.Decode(part, 0, out var length);
            if (length < part.Length) return -1;
            if (!pseudo.TryGetValue(scalar, out var symbol)) pseudo[scalar] = symbol = vocabulary.Size + pseudo.Count;
            return symbol;
        }
    }
}
