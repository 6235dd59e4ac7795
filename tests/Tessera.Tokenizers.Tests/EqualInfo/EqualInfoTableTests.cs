using FsCheck.Xunit;
using Tessera.Tokenizers.Coding;
using Tessera.Tokenizers.EqualInfo;

namespace Tessera.Tokenizers.Tests.EqualInfo;

public sealed class EqualInfoTableTests
{
    private static readonly NGramByteModel s_model = NGramByteModel.Train("the cat sat on the mat; the bat ate the fat rat, and that was that"u8, 2);
    private static readonly EqualInfoTable s_table = EqualInfoTable.Build(s_model);

    [Fact]
    public void TheWorkedTableHasItsEightEntriesInOrder()
    {
        // p = (3/4, 1/4), 8 cells: the root gives each symbol 1 and shares six as 4.5 and 1.5, the tie to a.
        var table = EqualInfoTable.Build(new ToyModel(3 << 14, 1 << 14), 8);
        string Written(byte[] symbols) => string.Concat(symbols.Select(s => "ab"[s]));
        Enumerable.Range(0, table.VocabularySize).Select(id => Written(table.TokenBytes(id))).ShouldBe(["a", "aa", "aaa", "aaaa", "aab", "ab", "b", "ba"]);
        var ids = table.Encode([0, 0, 1, 0, 0, 0, 1]);
        ids.Select(id => Written(table.TokenBytes(id))).ShouldBe(["aab", "aaa", "b"]);
    }

    [Property(MaxTest = 300)]
    public bool AnyBytesComeBackFromTokensAlone(byte[] text) => s_table.Decode(s_table.Encode(text)).AsSpan().SequenceEqual(text);

    [Fact]
    public void EveryEntryIsATokenOfItsOwnAndPrefixesAreEntries()
    {
        s_table.VocabularySize.ShouldBe(EqualInfoTable.UsualSize);
        for (var id = 0; id < s_table.VocabularySize; id++) s_table.Encode(s_table.TokenBytes(id)).ShouldBe([id]);
        s_table.LongestToken.ShouldBeGreaterThan(10);
    }

    [Theory]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(5_000)]
    public void ATableHasExactlyItsSize(int size)
    {
        var table = EqualInfoTable.Build(s_model, size);
        table.VocabularySize.ShouldBe(size);
        table.Decode(table.Encode("that rat"u8)).ShouldBe("that rat"u8.ToArray());
    }

    [Fact]
    public void AModelThatIsSureMakesLongTokensInLittleMemory()
    {
        var table = EqualInfoTable.Build(NGramByteModel.Train(new byte[1 << 20], 1));
        table.LongestToken.ShouldBeGreaterThan(10_000);
        table.Encode(new byte[100_000]).Length.ShouldBeLessThan(10);
    }

    [Fact]
    public void WhatCanNotBeIsRefused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => EqualInfoTable.Build(s_model, 255));
        Should.Throw<ArgumentOutOfRangeException>(() => EqualInfoTable.Build(s_model, 65_537));
        Should.Throw<MalformedInputException>(() => s_table.Decode([3, 65_536])).Place.ShouldBe("token 1");
        Should.Throw<MalformedInputException>(() => s_table.Decode([-1]));
        Should.Throw<ArgumentOutOfRangeException>(() => s_table.TokenBytes(65_536));
        s_table.Encode([]).ShouldBeEmpty();
        s_table.Decode([]).ShouldBeEmpty();
    }

    [Fact]
    public void ACancelledTableIsNotBuilt() =>
        Should.Throw<OperationCanceledException>(() => EqualInfoTable.Build(s_model, cancellation: new CancellationToken(canceled: true)));
}
