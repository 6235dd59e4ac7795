namespace Tessera.Tokenizers.Tests.Unigram;

public sealed class UnigramSamplingTests
{
    private static readonly Tokenizer s_tokenizer = TinyTokenizers.Of("""{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["a",-1.0],["b",-1.2],["ab",-1.5]]}""");

    [Fact]
    public void SegmentationsAreDrawnByTheirProbability()
    {
        const int draws = 4_000;
        var whole = Enumerable.Range(0, draws).Count(i => Draw("ab", 1, (uint)i).Length == 1);
        // exp(-1.5) against exp(-2.2): 0.668188.
        ((double)whole / draws).ShouldBe(0.668188, 5 * Math.Sqrt(0.67 * 0.33 / draws));
        var even = Enumerable.Range(0, draws).Count(i => Draw("ab", 0, (uint)i).Length == 1);
        ((double)even / draws).ShouldBe(0.5, 5 * Math.Sqrt(0.25 / draws));
    }

    [Fact]
    public void TheSameKeyGivesTheSameTokensAndUnknownTextStays()
    {
        Draw("abxyab", 0.3, 5).ShouldBe(Draw("abxyab", 0.3, 5));
        Draw("abxyab", 0.3, 5).Count(static id => id == 0).ShouldBe(1);
        Should.Throw<ArgumentOutOfRangeException>(() => Draw("ab", -1, 0));
        Should.Throw<ArgumentOutOfRangeException>(() => Draw("ab", double.NaN, 0));
    }

    private static int[] Draw(string text, double alpha, uint sequence) =>
        s_tokenizer.EncodeToIds(text, new EncodeOptions { SamplingAlpha = alpha, DropoutKey = new RandomKey(3, sequence, 0, RandomPurpose.Tokenize) });
}
