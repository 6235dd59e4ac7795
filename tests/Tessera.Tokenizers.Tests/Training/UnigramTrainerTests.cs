using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Training;

namespace Tessera.Tokenizers.Tests.Training;

public sealed class UnigramTrainerTests
{
    private static readonly string[] s_texts = [.. Enumerable.Range(0, 60).Select(static i => $"the theory of {i} then that thing, low lower lowest, everything new")];

    [Fact]
    public void ExpectationsAreThoseOfAllSegmentations()
    {
        var pieces = new ByteTrie();
        pieces.Add("a"u8, 0);
        pieces.Add("b"u8, 1);
        pieces.Add("ab"u8, 2);
        var lattice = new PieceLattice();
        lattice.Read("ab"u8, pieces, [-1.0, -1.2, -1.5], -1.5);
        var expected = new double[3];
        lattice.AddExpectations(2, expected);
        expected[2].ShouldBe(1.336376, 1e-6);
        expected[0].ShouldBe(0.663624, 1e-6);
        expected[1].ShouldBe(expected[0], 1e-12);
        UnigramTraining.Digamma(expected.Sum()).ShouldBe(0.780384, 1e-6);
        (UnigramTraining.Digamma(expected[2]) - UnigramTraining.Digamma(expected.Sum())).ShouldBe(-0.909090, 1e-6);
        (UnigramTraining.Digamma(expected[0]) - UnigramTraining.Digamma(expected.Sum())).ShouldBe(-2.107974, 1e-6);
    }

    [Fact]
    public void TheBestSegmentationAndTheBestOtherOneAreFound()
    {
        var pieces = new ByteTrie();
        pieces.Add("a"u8, 0);
        pieces.Add("b"u8, 1);
        pieces.Add("ab"u8, 2);
        var lattice = new PieceLattice();
        lattice.Read("ab"u8, pieces, [-1.0, -1.2, -1.5], -1.5);
        lattice.FindBest(withoutWhole: false).ShouldBe(-1.5);
        lattice.Path.ShouldBe([2]);
        lattice.FindBest(withoutWhole: true).ShouldBe(-2.2, 1e-12);
        lattice.Path.ShouldBe([1, 0]);
    }

    [Fact]
    public void EveryCharacterIsATokenAndTextComesBack()
    {
        var tokenizer = new UnigramTrainer(new UnigramTrainerOptions { VocabularySize = 40 }).Train(s_texts);
        tokenizer.VocabularySize.ShouldBe(40);
        foreach (var character in "theoryfn,lwsvig0123456789") tokenizer.TokenToId(character.ToString()).ShouldNotBeNull();
        foreach (var text in s_texts) tokenizer.Decode(tokenizer.EncodeToIds(text)).ShouldBe(text);
        tokenizer.EncodeToIds("Ω").ShouldContain(0);
        using var stream = new MemoryStream();
        TokenizerJsonWriter.Write(tokenizer, stream);
        Tokenizer.FromJson(stream.ToArray()).EncodeToIds(s_texts[3]).ShouldBe(tokenizer.EncodeToIds(s_texts[3]));
    }

    [Fact]
    public void TheNumberOfThreadsChangesNoBit()
    {
        var one = new UnigramTrainer(new UnigramTrainerOptions { VocabularySize = 70, Threads = 1 }).Pieces(TrainingTexts.Of(s_texts), null, CancellationToken.None);
        var four = new UnigramTrainer(new UnigramTrainerOptions { VocabularySize = 70, Threads = 4 }).Pieces(TrainingTexts.Of(s_texts), null, CancellationToken.None);
        four.ShouldBe(one);
    }

    [Fact]
    public void WhereThereIsNoTextThereIsNoModel()
    {
        Should.Throw<ArgumentException>(() => new UnigramTrainer(new UnigramTrainerOptions()).Train(Array.Empty<string>()));
        Should.Throw<ArgumentException>(() => new UnigramTrainer(new UnigramTrainerOptions()).Train([""]));
    }

    [Theory]
    [InlineData(0, 0.5, 2)]
    [InlineData(16, 1.0, 2)]
    [InlineData(16, double.NaN, 2)]
    [InlineData(16, 0.5, 0)]
    public void SettingsOutOfRangeAreRefused(int maxPieceLength, double shrinkingFactor, int subIterations) =>
        Should.Throw<ArgumentException>(() => new UnigramTrainer(new UnigramTrainerOptions { MaxPieceLength = maxPieceLength, ShrinkingFactor = shrinkingFactor, SubIterations = subIterations }));
}
