using System.Text;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Files;

namespace Tessera.Generation.Tests.Bytes;

public sealed class ByteModelTests
{
    [Theory]
    [InlineData(1, "ab", 6)]
    [InlineData(2, "ab", 9)]
    [InlineData(3, "abc", 9)]
    [InlineData(4, "abc", 14)]
    [InlineData(5, "a", 4)]
    public async Task TextsAreAsProbableAsAllTheirTokenizationsTogether(ulong seed, string alphabet, int merges)
    {
        var toy = ToyBytes.Random(seed, alphabet, merges);
        foreach (var text in Texts(alphabet, 4, 40))
        {
            var expected = toy.Enumerate(text);
            Math.Exp(await toy.Model().ScoreAsync(text)).ShouldBe(expected, 1e-9 * Math.Max(1e-3, expected));
            using var sequence = await toy.Model().StartAsync(default);
            await sequence.AppendAsync(text);
            Math.Exp(sequence.LogProbability).ShouldBe(expected, 1e-9);
            var next = sequence.Next();
            foreach (var letter in alphabet)
                Math.Exp(next[letter]).ShouldBe(toy.Enumerate([.. text, (byte)letter]) / expected, 1e-9);
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public async Task WordsWithAPreTokenizerAreEnumeratedToo(ulong seed)
    {
        var toy = ToyBytes.Random(seed, "ab c", 12, regex: true);
        foreach (var text in new[] { "a", "ab", "a b", "ab ca", "abc a", "c ab", " a", "b " })
            Math.Exp(await toy.Model().ScoreAsync(ToyBytes.Bytes(text))).ShouldBe(toy.Enumerate(ToyBytes.Bytes(text)), 1e-9);
    }

    [Theory]
    [InlineData(21, false)]
    [InlineData(22, false)]
    [InlineData(23, true)]
    public async Task ProbabilitiesOfAllWaysOnAddUpToThatOfTheText(ulong seed, bool ignoreMerges)
    {
        // Blanks and apostrophes, where what comes next decides how the text before is cut; bytes that are no characters.
        var toy = ToyBytes.Random(seed, "a s'\n\u00e6\u00a9", 14, regex: true, ignoreMerges);
        var texts = new[] { "", "a", "a  ", "a   s", "'", "a's", "s '", " \n a", "a\n\n" }.Select(ToyBytes.Bytes).Concat(new byte[][] { [0xe6], [0x61, 0xe6, 0x20], [0xa9, 0xa9] });
        foreach (var text in texts)
        {
            using var sequence = await toy.Model().StartAsync(default);
            await sequence.AppendAsync(text);
            var sum = 0.0;
            for (var value = 0; value < 256; value++) sum += Math.Exp(await toy.Model().ScoreAsync((byte[])[.. text, (byte)value]));
            sum += Math.Exp(sequence.LogProbability + sequence.Next()[ByteDistribution.End]);
            sum.ShouldBe(Math.Exp(sequence.LogProbability), 1e-12);
        }
    }

    [Fact]
    public async Task TheCardsExampleComesOutAsCalculated()
    {
        // A Markov chain of A and B, P(A|A) = .7, P(A|B) = .4, as tokens A, B and AA; the text begins behind a B.
        var toy = ToyBytes.Of(["A", "B", "AA"], [("A", "A")]);
        double[][] table = [[0, 1, 0, 0, 0], [.12, .6, .28, 0, 0], [.21, .3, .49, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]];
        var decoder = new FakeDecoder(5, 64, (history, row) =>
        {
            for (var id = 0; id < 5; id++) row[id] = (float)Math.Log(table[history[^1]][id]);
        });
        using var sequence = await toy.Model(decoder: decoder).StartAsync("A"u8.ToArray(), [1]);
        sequence.Covers().Select(static c => (c.Tokens[^1], Math.Round(Math.Exp(c.LogProbability), 6))).ShouldBe([(2, .28), (0, .12)]);
        Math.Exp(sequence.LogProbability).ShouldBe(.4, 1e-7);
        Math.Exp(sequence.Next()['A']).ShouldBe(.7, 1e-7);
        Math.Exp(sequence.Next()['B']).ShouldBe(.3, 1e-7);
        Math.Exp(sequence.NextOfTokensOnly()!['B']).ShouldBe(1, 1e-7);
        await sequence.AppendAsync("A"u8.ToArray());
        Math.Exp(sequence.LogProbability).ShouldBe(.28, 1e-7);
        Math.Exp(sequence.Next()['A']).ShouldBe(.7, 1e-7);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ByteFallbackSpellsWhatTheVocabularyLacks(bool prefix)
    {
        var toy = ToyBytes.Of(Fallback(prefix));
        var blank = prefix ? " " : "";
        foreach (var text in new[] { "ab", "a b", "\u00e9", "a\u00e9b", "ba ab", "\u65e5a" })
        {
            var bytes = toy.Vocabulary.BytesOf(text);
            bytes.ShouldBe(Encoding.UTF8.GetBytes(blank + text));
            (await toy.Model().ScoreAsync(bytes)).ShouldBe(Math.Log(Spelled(toy, text)), 1e-9);
        }

        // A letter that is a token is never written as a byte.
        using var sequence = await toy.Model().StartAsync(toy.Vocabulary.BytesOf("a"));
        sequence.Covers().ShouldAllBe(c => !c.Tokens.Contains(toy.Tokenizer.TokenToId("<0x61>")!.Value));
    }

    [Fact]
    public async Task EveryByteCostsOneRun()
    {
        var toy = ToyBytes.Random(31, "abc", 9);
        using var sequence = await toy.Model().StartAsync("ab"u8.ToArray());
        foreach (var letter in "cabbacab")
        {
            var before = (sequence.Calls, toy.Decoder.TokensRun);
            await sequence.AppendAsync(new[] { (byte)letter });
            (sequence.Calls - before.Calls).ShouldBe(1);
            (toy.Decoder.TokensRun - before.TokensRun).ShouldBeLessThanOrEqualTo(4); // a list of the prompt that was in a tree only is run again
        }
    }

    [Fact]
    public async Task TreesAndForksSayTheSame()
    {
        var toy = ToyBytes.Random(32, "abc", 12);
        using var trees = await toy.Model().StartAsync("abcab"u8.ToArray());
        using var forks = await toy.Model(decoder: new Treeless(toy.Decoder)).StartAsync("abcab"u8.ToArray());
        foreach (var letter in "caab")
        {
            trees.Next().LogProbabilities.ToArray().ShouldBe(forks.Next().LogProbabilities.ToArray());
            await trees.AppendAsync(new[] { (byte)letter });
            await forks.AppendAsync(new[] { (byte)letter });
        }

        forks.Calls.ShouldBeGreaterThan(trees.Calls);
    }

    [Fact]
    public async Task ABorderInThePromptChangesNothing()
    {
        var toy = ToyBytes.Random(33, "ab c", 12, regex: true);
        var prompt = ToyBytes.Bytes("ab ca b");
        using var settled = await toy.Model().StartAsync(prompt);
        using var whole = await toy.Model().StartAsync(default);
        await whole.AppendAsync(prompt);
        settled.Context.Count.ShouldBeGreaterThan(1);
        for (var symbol = 0; symbol <= ByteDistribution.End; symbol++)
        {
            var (one, other) = (settled.Next()[symbol], whole.Next()[symbol]);
            if (double.IsNegativeInfinity(other)) one.ShouldBe(double.NegativeInfinity);
            else one.ShouldBe(other, 1e-12);
        }
    }

    [Fact]
    public async Task WhatCannotBeSpelledIsImpossible()
    {
        var toy = ToyBytes.Random(41);
        (await toy.Model().ScoreAsync("axb"u8.ToArray())).ShouldBe(double.NegativeInfinity);
        using var sequence = await toy.Model().StartAsync("a"u8.ToArray());
        sequence.Next()['x'].ShouldBe(double.NegativeInfinity);
        var before = sequence.Next().LogProbabilities.ToArray();
        (await Should.ThrowAsync<ImpossibleBytesException>(async () => await sequence.AppendAsync("bx"u8.ToArray()))).Position.ShouldBe(2);
        sequence.Length.ShouldBe(1);
        sequence.Next().LogProbabilities.ToArray().ShouldBe(before);
        (await Should.ThrowAsync<ImpossibleBytesException>(() => toy.Model().StartAsync("abx"u8.ToArray()))).Position.ShouldBe(2);
    }

    [Fact]
    public async Task CancellationLeavesTheTextAsItWas()
    {
        var toy = ToyBytes.Random(42);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        using var sequence = await toy.Model().StartAsync("ab"u8.ToArray());
        var before = sequence.Next().LogProbabilities.ToArray();
        await Should.ThrowAsync<OperationCanceledException>(async () => await sequence.AppendAsync("a"u8.ToArray(), cancelled.Token));
        await Should.ThrowAsync<OperationCanceledException>(() => toy.Model().StartAsync("a"u8.ToArray(), null, cancelled.Token));
        sequence.Next().LogProbabilities.ToArray().ShouldBe(before);
        await sequence.AppendAsync("a"u8.ToArray());
        using var other = await toy.Model().StartAsync("aba"u8.ToArray());
        sequence.Next()['a'].ShouldBe(other.Next()['a'], 1e-12);
    }

    [Fact]
    public async Task WhatIsAskedWronglyIsRefused()
    {
        var toy = ToyBytes.Random(43);
        var nothing = new ByteModel(toy.Vocabulary, () => new DecoderTree(toy.Decoder)); // without a token to begin with
        await Should.ThrowAsync<UnsupportedFeatureException>(() => nothing.StartAsync(default));
        await Should.ThrowAsync<ResourceLimitException>(() => toy.Model().StartAsync(ToyBytes.Bytes(string.Concat(Enumerable.Repeat("ab", 400)))));
        var words = Tokenizer.FromJson("""{"version":"1.0","added_tokens":[],"normalizer":null,"pre_tokenizer":null,"post_processor":null,"decoder":null,"model":{"type":"WordLevel","unk_token":"a","vocab":{"a":0}}}"""u8.ToArray());
        Should.Throw<UnsupportedFeatureException>(() => new ByteVocabulary(words, [], 1));
    }

    private static IEnumerable<byte[]> Texts(string alphabet, int longest, int most)
    {
        var count = 0;
        for (uint i = 0; count < most; i++, count++)
        {
            var key = new RandomKey(7, 0, i, RandomPurpose.Sample);
            yield return [.. Enumerable.Range(0, 1 + key.Below(longest)).Select(at => (byte)alphabet[key.Below(alphabet.Length, (uint)at + 1)])];
        }
    }

    private static Tokenizer Fallback(bool prefix)
    {
        string[] pieces = ["<unk>", .. Enumerable.Range(0, 256).Select(static b => $"<0x{b:X2}>"), "\u2581", "a", "b", "ab", "\u2581a", "ba", "\u2581ab"];
        return Tokenizer.FromGguf(new GgufVocabulary
        {
            Model = "llama", Tokens = pieces, AddSpacePrefix = prefix, UnknownTokenId = 0,
            Scores = [.. pieces.Select(static (p, i) => p.Length > 1 && p[0] != '<' ? -i : -1000f)],
            TokenTypes = [.. pieces.Select(static p => p == "<unk>" ? 2 : p[0] == '<' ? 6 : 1)],
        });
    }

    /// <summary>P(text) over lists that are the beginning of some text's tokens: those of the text with whatever letters behind it.</summary>
    private static double Spelled(ToyBytes toy, string text)
    {
        var wanted = toy.Vocabulary.BytesOf(text);
        return Sum([]);

        double Sum(int[] list)
        {
            var bytes = toy.Tokenizer.DecodeToBytes(list);
            var shared = Math.Min(bytes.Length, wanted.Length);
            if (!bytes.AsSpan(0, shared).SequenceEqual(wanted.AsSpan(0, shared))) return 0;
            if (bytes.Length >= wanted.Length) return 1;
            var row = Row(toy, list);
            var allowed = Enumerable.Range(0, toy.EndId).Where(id => Begins(toy, [.. list, id])).ToArray();
            var sum = allowed.Sum(id => row[id]) + row[toy.EndId];
            return allowed.Sum(id => row[id] / sum * Sum([.. list, id]));
        }
    }

    private static double[] Row(ToyBytes toy, int[] list)
    {
        var decoder = toy.Decoder.NewSequence();
        return Array.ConvertAll(decoder.RunAsync(new[] { toy.BeginId }.Concat(list).ToArray()).AsTask().Result.ToArray(), static l => Math.Exp(l));
    }

    // Bytes of a character that has begun can go on to any that is no token.
    private static bool Begins(ToyBytes toy, int[] list)
    {
        var bytes = toy.Tokenizer.DecodeToBytes(list);
        if (toy.Vocabulary.Validity.PrefixesBlank && bytes is not [(byte)' ', ..]) return false;
        foreach (var more in new byte[][] { [], [(byte)'b'], [0x80], [0xBF], [0x80, 0x80], [0xBF, 0xBF], [0x90, 0x80], [0x80, 0x80, 0x80], [0x90, 0x80, 0x80], [0x8F, 0xBF, 0xBF] })
        {
            byte[] text = [.. bytes, .. more];
            if (!System.Text.Unicode.Utf8.IsValid(text)) continue;
            var read = toy.Tokenizer.EncodeToIds(toy.Vocabulary.Validity.PrefixesBlank ? text.AsSpan(1) : text, EncodeOptions.PlainText);
            if (read.AsSpan().StartsWith(list)) return true;
        }

        return false;
    }

    /// <summary>A decoder whose sequences take no trees.</summary>
    private sealed class Treeless(IDecoder decoder) : IDecoder
    {
        public int VocabularySize => decoder.VocabularySize;

        public int ContextLength => decoder.ContextLength;

        public IDecoderSequence NewSequence() => new Sequence(decoder.NewSequence());

        private sealed class Sequence(IDecoderSequence inner) : IDecoderSequence
        {
            public ReadOnlySpan<int> Tokens => inner.Tokens;

            public ValueTask<ReadOnlyMemory<float>> RunAsync(ReadOnlyMemory<int> tokens, CancellationToken cancellation = default) => inner.RunAsync(tokens, cancellation);

            public void Truncate(int length) => throw new NotSupportedException();

            public IDecoderSequence Fork() => new Sequence(inner.Fork());

            public void Dispose() => inner.Dispose();
        }
    }
}
