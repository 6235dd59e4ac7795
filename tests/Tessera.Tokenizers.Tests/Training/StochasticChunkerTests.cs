using FsCheck;
using FsCheck.Xunit;
using Tessera.Tokenizers.Training.Supertokens;

namespace Tessera.Tokenizers.Tests.Training;

public sealed class StochasticChunkerTests
{
    private static readonly string s_text = string.Concat(Enumerable.Repeat("Call me Ishmael. Some years ago, never mind how long precisely. ", 300));

    [Fact]
    public void ChunksHaveTheLengthsOfTheTable()
    {
        ChunkLengths.Default.Mean.ShouldBe(12.6, 1e-9);
        var chunks = new StochasticChunker(seed: 5).Cut(s_text).ToList();
        chunks.Max(static c => c.Length).ShouldBeLessThanOrEqualTo(23);
        chunks.SkipLast(1).Min(static c => c.Length).ShouldBeGreaterThanOrEqualTo(4);
        chunks.Average(static c => c.Length).ShouldBe(12.6, 0.4);
        new StochasticChunker(seed: 5).Cut(s_text).ShouldBe(chunks);
        new StochasticChunker(seed: 6).Cut(s_text).ShouldNotBe(chunks);
    }

    [Property(MaxTest = 100)]
    public bool ChunksAddUpToTheText(string text, ulong seed) => string.Concat(new StochasticChunker(seed: seed, dropRepeats: false).Cut(text ?? "")) == (text ?? "");

    [Fact]
    public void LongRunsOfACharacterAreLeftOut()
    {
        string.Concat(new StochasticChunker().Cut("before======after")).ShouldBe("before======after");
        string.Concat(new StochasticChunker().Cut("before=======after")).ShouldBe("beforeafter");
        new StochasticChunker().Cut(["ab", "", "cd"]).ShouldBe(["ab", "cd"]);
    }

    [Fact]
    public void ATableMustBeOne()
    {
        Should.Throw<ArgumentException>(() => new ChunkLengths([(4, 5, 0.5), (6, 7, 0.6)])).Message.ShouldContain("1.1");
        new ChunkLengths([(4, 5, 0.5), (6, 7, 0.6)], normalize: true).Mean.ShouldBe((0.5 * 4.5 + 0.6 * 6.5) / 1.1, 1e-12);
        Should.Throw<ArgumentException>(() => new ChunkLengths([(4, 6, 0.5), (6, 7, 0.5)]));
        Should.Throw<ArgumentException>(() => new ChunkLengths([(0, 6, 1)]));
        Should.Throw<ArgumentException>(() => new ChunkLengths([(2, 6, double.NaN)]));
        Should.Throw<ArgumentException>(() => new ChunkLengths([]));
    }
}
