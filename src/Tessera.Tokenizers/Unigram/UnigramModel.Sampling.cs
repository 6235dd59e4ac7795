using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Unigram;

/// <content>Segmentations by chance.</content>
internal sealed partial class UnigramModel
{
    /// <summary>Draws a segmentation with P ∝ exp(α · score), and lays it down as if it had been the best.</summary>
    private void Draw(ReadOnlySpan<byte> piece, UnigramScratch path, EncodeScratch scratch, double alpha)
    {
        var lattice = new UnigramLattice(piece.Length);
        for (var start = 0; start < piece.Length;)
        {
            var length = Utf8Text.LengthOf(piece[start]);
            var single = false;
            var node = DoubleArrayTrie.Root;
            for (var end = start; end < piece.Length;)
            {
                node = _trie.Child(node, piece[end++]);
                if (node < 0) break;
                if (_trie.Value(node) is not (>= 0 and var token)) continue;
                lattice.Add(start, end, token, _scores[token]);
                single |= end - start == length;
            }

            if (!single) lattice.Add(start, start + length, _unknown, _unknownScore);
            start += length;
        }

        var key = scratch.Dropout ?? new RandomKey(0, 0, 0, RandomPurpose.Tokenize);
        var at = 0;
        foreach (var (token, length) in lattice.Sample(alpha, () => key.Uniform(scratch.Draws++)))
        {
            (path.Starts[at + length], path.Tokens[at + length]) = (at, token);
            at += length;
        }
    }
}
