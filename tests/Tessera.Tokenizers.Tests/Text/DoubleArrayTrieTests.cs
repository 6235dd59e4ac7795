using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Tests.Text;

public sealed class DoubleArrayTrieTests
{
    private static byte[] Text(uint number, int mostBytes, int letters)
    {
        var key = new RandomKey(23, number, 0, RandomPurpose.Tokenize);
        var text = new byte[1 + key.Below(mostBytes, 0)];
        for (uint i = 0; i < text.Length; i++) text[i] = (byte)(key.Below(letters, 1 + i) * 256 / letters);
        return text;
    }

    [Theory]
    [InlineData(0, 1, 1, 0)]
    [InlineData(1, 5, 3, 0)]
    [InlineData(300, 4, 2, 0)]
    [InlineData(4_000, 12, 256, 0)]
    [InlineData(4_000, 9, 17, 1)]
    public void AWalkIsThatOfATrieOfEdges(int count, int mostBytes, int letters, int skip)
    {
        var tokens = Enumerable.Range(0, count).Select(i => (Text((uint)i, mostBytes, letters), i)).ToList();
        var vocabulary = Vocabulary.Of(tokens);
        var entries = Enumerable.Range(0, count).Where(i => tokens[i].Item1.Length > skip && i % 7 != 0).ToArray();
        var edges = new ByteTrie();
        foreach (var entry in entries) edges.Add(tokens[entry].Item1.AsSpan(skip), entry);
        var trie = new DoubleArrayTrie(vocabulary, entries, skip);
        for (uint i = 0; i < 3_000; i++)
        {
            var text = i < count ? tokens[(int)i].Item1.AsSpan(Math.Min(skip, tokens[(int)i].Item1.Length)).ToArray() : Text(50_000 + i, mostBytes, letters);
            var (node, other) = (DoubleArrayTrie.Root, ByteTrie.Root);
            foreach (var b in text)
            {
                (node, other) = (trie.Child(node, b), edges.Child(other, b));
                (node < 0).ShouldBe(other < 0);
                if (node < 0) break;
                trie.Value(node).ShouldBe(edges.Value(other));
            }
        }
    }

    [Fact]
    public void ANodeMayHaveEveryByteAsAChild()
    {
        var vocabulary = Vocabulary.Of([.. Enumerable.Range(0, 65_536).Select(static i => ((byte[])[(byte)(i >> 8), (byte)i], i))]);
        var trie = new DoubleArrayTrie(vocabulary, [.. Enumerable.Range(0, 65_536)]);
        for (var i = 0; i < 65_536; i++) trie.Value(trie.Child(trie.Child(DoubleArrayTrie.Root, (byte)(i >> 8)), (byte)i)).ShouldBe(i);
    }
}
