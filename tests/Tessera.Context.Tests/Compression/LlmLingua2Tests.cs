using FsCheck;
using FsCheck.Fluent;
using Tessera.Context.Compression;
using Tessera.Generation;
using Tessera.Models.Passes;
using Tessera.Models.Tests;
using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;

namespace Tessera.Context.Tests.Compression;

/// <summary>What holds of every compression, by both kinds of encoders: random weights, so that what stays is arbitrary and must only keep the rules.</summary>
public sealed class LlmLingua2Tests(ToyFolders toys) : IClassFixture<ToyFolders>
{
    private const string Meeting = "Hello, the meeting (number 12) was not long.\nAnna: yes, is it?\n\n\tBob: no... the well-known 2024 plan costs 12,500 dollars! \u00a0Good.  ";

    // Emoji with joiners, Han without blanks, a composed accent, a control character, halves of pairs, tabs and odd blanks.
    private const string Nasty = "👩‍👩‍👧 漢字漢字。é e\u0301 a\u0007b \ud83d x \t\u3000½ ﷺ [SEP] </s> [NEW0] ##ing ▁the\r\n<unk>";

    private static readonly double[] s_rates = [0.05, 0.2, 0.33, 0.5, 0.7, 0.9, 0.99];

    [Theory]
    [InlineData("bert", Meeting)]
    [InlineData("roberta", Meeting)]
    [InlineData("bert", Nasty)]
    [InlineData("roberta", Nasty)]
    public void AtRateOneTheTextIsItself(string encoder, string text)
    {
        var result = Compress(encoder, text, new LlmLingua2Options { Rate = 1 });
        result.Text.ShouldBe(text);
        result.Words.ShouldAllBe(static w => w.Kept && double.IsNaN(w.Probability));
        result.Ratio.ShouldBe(1);
    }

    [Theory]
    [InlineData("bert", Meeting)]
    [InlineData("roberta", Meeting)]
    [InlineData("bert", Nasty)]
    [InlineData("roberta", Nasty)]
    public void WordsAreStretchesOfTheTextInOrderAndTheResultIsMadeOfTheKeptOnes(string encoder, string text)
    {
        foreach (var rate in s_rates)
        {
            var result = Compress(encoder, text, new LlmLingua2Options { Rate = rate, MaxSequence = 20, ForceTokens = ["\n", "?"] });
            Laws(text, result);
        }
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("roberta")]
    public void AnyTextKeepsTheLaws(string encoder)
    {
        using var package = ModelPackage.Load(toys[encoder]);
        using var compressor = new LlmLingua2(package, new LlmLingua2Options { Rate = 0.4, MaxSequence = 16, ForceTokens = ["\n", "a b", "not", "é"], KeepDigits = true });
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), text =>
        {
            Laws(text ?? "", compressor.Compress(text ?? ""));
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("bert", false)]
    [InlineData("roberta", false)]
    [InlineData("bert", true)]
    [InlineData("roberta", true)]
    public void AHigherRateNeverDropsWhatALowerOneKeeps(string encoder, bool official)
    {
        IReadOnlyList<bool>? before = null;
        foreach (var rate in s_rates)
        {
            var kept = Compress(encoder, Meeting, new LlmLingua2Options { Rate = rate, MaxSequence = 24, Official = official }).Words.Select(static w => w.Kept).ToList();
            if (before is not null) before.Zip(kept).ShouldAllBe(static pair => !pair.First || pair.Second);
            before = kept;
        }

        before.ShouldNotBeNull().ShouldContain(true);
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("roberta")]
    public void ForcedTextsStayWhereverTheyStandAsWords(string encoder)
    {
        const string Text = "nothing is not here\nnot\n\nthe end? (not) knot a  b A\tb\n";
        var result = Compress(encoder, Text, new LlmLingua2Options { Rate = 0.01, ForceTokens = ["\n", "not", "?", "a  b", "\n\n"] });
        result.Words.Where(static w => w.Kept).Select(static w => w.Text).ShouldBe(["not", "\n", "not", "\n\n", "?", "not", "a  b", "\n"]);
        result.Text.ShouldBe("not\nnot\n\n? not a  b\n");
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("roberta")]
    public void WordsWithDigitsStayWhereThatIsAsked(string encoder)
    {
        var result = Compress(encoder, Meeting, new LlmLingua2Options { Rate = 0.05, KeepDigits = true });
        var kept = result.Words.Where(static w => w.Kept).Select(static w => w.Text).ToList();
        foreach (var word in result.Words.Where(static w => w.Text.Any(char.IsAsciiDigit))) kept.ShouldContain(word.Text);
    }

    [Fact]
    public void AForcedTextThatRepeatsWithNothingBetweenIsDropped()
    {
        const string Text = "Anna: yes\n\n\nBob: no\n\n";
        var options = new LlmLingua2Options { Rate = 0.3, ForceTokens = ["\n"] };
        Compress("bert", Text, options).Text.Count(static c => c == '\n').ShouldBe(5);
        var dropped = Compress("bert", Text, options with { DropConsecutive = true });
        dropped.Text.Count(static c => c == '\n').ShouldBeInRange(1, 2);
        dropped.Text.ShouldNotContain("\n\n");
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("roberta")]
    public void BatchesAndThreadsDoNotChangeABit(string encoder)
    {
        var text = string.Concat(Enumerable.Repeat(Meeting, 6));
        using var package = ModelPackage.Load(toys[encoder]);
        var results = new List<CompressedPrompt>();
        foreach (var (chunks, threads) in (ReadOnlySpan<(int, int)>)[(1, 1), (3, 2), (100, 2)])
        {
            using var pool = new ComputePool(threads);
            using var compressor = new LlmLingua2(package, new LlmLingua2Options { MaxSequence = 30, ChunksPerPass = chunks }, passes: new PassOptions { Pool = pool, Arithmetic = Arithmetic.Exact });
            results.Add(compressor.Compress(text));
        }

        foreach (var other in results[1..])
        {
            other.Text.ShouldBe(results[0].Text);
            other.Words.ShouldBe(results[0].Words);
            other.Thresholds.ShouldBe(results[0].Thresholds);
        }
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("roberta")]
    public void ChunksAreWithinTheEncodersReachAndDoNotCutWords(string encoder)
    {
        using var package = ModelPackage.Load(toys[encoder]);
        using var compressor = new LlmLingua2(package); // the toy takes 64 or 66 tokens, not the paper's 512
        compressor.MaxSequence.ShouldBe(encoder == "bert" ? 66 : 64);
        var text = string.Concat(Enumerable.Repeat(Meeting, 10));
        var chunks = compressor.Chunks(text);
        chunks.ShouldAllBe(c => c.Ids.Length <= compressor.MaxSequence);
        chunks.Skip(1).ShouldAllBe(static c => c.Tokens[0].BeginsWord);
        chunks.Count.ShouldBeGreaterThan(5);
        compressor.Compress(text).Thresholds.Count.ShouldBe(chunks.Count);
    }

    [Theory]
    [InlineData("bert", "")]
    [InlineData("bert", " \n\t ")]
    [InlineData("roberta", "")]
    [InlineData("roberta", " \n\t\u3000 ")]
    public void ATextWithoutWordsBecomesNothing(string encoder, string text)
    {
        var result = Compress(encoder, text, new LlmLingua2Options());
        result.Text.ShouldBe("");
        result.Words.ShouldBeEmpty();
        double.IsFinite(result.Ratio).ShouldBeTrue();
        Compress(encoder, text, new LlmLingua2Options { TargetTokens = 5 }).Text.ShouldBe(text); // nothing is too long
        Compress(encoder, text, new LlmLingua2Options { Official = true }).Text.ShouldBe("");
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("roberta")]
    public void OneEnormousWordIsCutWhereItMustBe(string encoder)
    {
        var word = string.Concat(Enumerable.Range(0, 3000).Select(static i => (char)('a' + i * i % 26)));
        var result = Compress(encoder, word, new LlmLingua2Options { Rate = 1 });
        result.Text.ShouldBe(word);
        result.Words.Count.ShouldBeInRange(46, 50); // 62 or 64 letters a chunk
        Laws(word, Compress(encoder, word, new LlmLingua2Options()));
    }

    [Fact]
    public void HanWithoutBlanksStaysWithoutBlanks()
    {
        var text = string.Concat(Enumerable.Repeat("漢字", 20));
        var result = Compress("bert", text, new LlmLingua2Options());
        result.Words.Count.ShouldBe(40); // BERT cuts at every character
        result.Text.Length.ShouldBeInRange(1, 39);
        result.Text.ShouldAllBe(static c => c == '漢' || c == '字');
    }

    [Fact]
    public void ATargetInTokensIsComeNear()
    {
        var text = string.Concat(Enumerable.Repeat(Meeting, 10));
        var all = Compress("bert", text, new LlmLingua2Options { Rate = 1 }).OriginalTokens;
        var (few, more) = (Compress("bert", text, new LlmLingua2Options { TargetTokens = all / 5 }), Compress("bert", text, new LlmLingua2Options { TargetTokens = all / 2 }));
        few.CompressedTokens.ShouldBeInRange(1, all / 3);
        more.CompressedTokens.ShouldBeInRange(few.CompressedTokens + 1, all * 2 / 3);
        Compress("bert", text, new LlmLingua2Options { TargetTokens = all * 3 }).Text.ShouldBe(text);
    }

    [Fact]
    public void OfSeveralContextsTheBestStayInTheirOrder()
    {
        string[] contexts = [Meeting, "the", "A long story about nothing at all.", "not Hello", ""];
        using var package = ModelPackage.Load(toys["bert"]);
        using var compressor = new LlmLingua2(package, new LlmLingua2Options { FilterContexts = true, TargetContexts = 2, Rate = 1, ForceContexts = [1] });
        var result = compressor.Compress(contexts);
        result.ContextScores.Count.ShouldBe(5);
        result.ContextKept[1].ShouldBeTrue();
        result.ContextKept.Count(static k => k).ShouldBeInRange(2, 4);
        result.Contexts.ShouldBe(contexts.Where((_, i) => result.ContextKept[i]));
        result.Text.ShouldBe(string.Join("\n\n", result.Contexts));
        var (kept, gone) = (Enumerable.Range(0, 5).Where(i => result.ContextKept[i] && i != 1), Enumerable.Range(0, 5).Where(i => !result.ContextKept[i]));
        kept.Min(i => result.ContextScores[i]).ShouldBeGreaterThanOrEqualTo(gone.Max(i => result.ContextScores[i]));
        result.Words.Where(w => !result.ContextKept[w.Context]).ShouldAllBe(static w => !w.Kept);
    }

    [Fact]
    public void NoContextIsNoText()
    {
        using var package = ModelPackage.Load(toys["bert"]);
        using var compressor = new LlmLingua2(package, new LlmLingua2Options { FilterContexts = true });
        compressor.Compress([]).Text.ShouldBe("");
        compressor.Compress(["", ""]).Text.ShouldBe("\n\n");
        Should.Throw<ArgumentException>(() => compressor.Compress([null!]));
    }

    [Fact]
    public void ProgressIsToldAndAnEndIsHeeded()
    {
        using var package = ModelPackage.Load(toys["bert"]);
        using var compressor = new LlmLingua2(package, new LlmLingua2Options { MaxSequence = 20, ChunksPerPass = 2 });
        var told = new Told();
        compressor.Compress(Meeting, told, TestContext.Current.CancellationToken);
        told.Steps.Count.ShouldBeGreaterThan(1);
        told.Steps[^1].Chunks.ShouldBe(told.Steps[^1].Total);
        using var source = new CancellationTokenSource();
        told.Then = source.Cancel;
        Should.Throw<OperationCanceledException>(() => compressor.Compress(Meeting, told, source.Token));
        Laws(Meeting, compressor.Compress(Meeting)); // and it works on
    }

    [Fact]
    public void ScoresAreProbabilitiesOfEveryToken()
    {
        using var package = ModelPackage.Load(toys["roberta"]);
        using var compressor = new LlmLingua2(package);
        var tokens = compressor.Score("Hello the");
        tokens.Select(static t => t.Text).ShouldBe(["<s>", "▁He", "llo", "▁the", "</s>"]);
        tokens.ShouldAllBe(static t => t.KeepProbability > 0 && t.KeepProbability < 1);
    }

    [Fact]
    public void AModelThatSortsTokensIntoTwoClassesIsNeeded()
    {
        var folder = Directory.CreateTempSubdirectory("tessera-compress-").FullName;
        try
        {
            ToyCompressors.WriteBert(folder, labels: 3);
            using var package = ModelPackage.Load(folder);
            Should.Throw<UnsupportedFeatureException>(() => new LlmLingua2(package)).Message.ShouldContain("llmlingua-2-bert-base-multilingual-cased-meetingbank");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public static TheoryData<LlmLingua2Options> WrongOptions() => new((LlmLingua2Options[])
    [
        new() { Rate = 0 }, new() { Rate = -1 }, new() { Rate = 1.01 }, new() { Rate = double.NaN }, new() { TargetTokens = 0 }, new() { TargetContexts = 0 }, new() { ContextRate = 0 },
        new() { ContextTargetTokens = -1 }, new() { MaxSequence = 2 }, new() { ChunksPerPass = 0 }, new() { WordProbability = (WordProbability)9 }, new() { ForceTokens = [""] },
        new() { ForceTokens = [.. Enumerable.Range(0, 101).Select(static i => $"t{i}")] },
    ]);

    [Theory]
    [MemberData(nameof(WrongOptions))]
    public void OptionsOutOfRangeAreRefused(LlmLingua2Options options)
    {
        using var package = ModelPackage.Load(toys["bert"]);
        Should.Throw<ArgumentException>(() => new LlmLingua2(package, options));
    }

    [Fact]
    public void ThePackagesOwnFormNeedsItsPlaceholders()
    {
        using var package = ModelPackage.Load(toys["bert"]);
        Should.Throw<UnsupportedFeatureException>(() => new LlmLingua2(package, new LlmLingua2Options { Official = true, ForceTokens = ["\n"] })).Message.ShouldContain("[NEW0]");
    }

    private CompressedPrompt Compress(string encoder, string text, LlmLingua2Options options)
    {
        using var package = ModelPackage.Load(toys[encoder]);
        using var compressor = new LlmLingua2(package, options, passes: new PassOptions { Arithmetic = Arithmetic.Exact });
        return compressor.Compress(text);
    }

    private static void Laws(string text, CompressedPrompt result)
    {
        var (at, written) = (0, 0);
        foreach (var word in result.Words)
        {
            word.Start.ShouldBeGreaterThanOrEqualTo(at); // in order, without overlap
            text.Substring(word.Start, word.Text.Length).ShouldBe(word.Text);
            word.Text.Length.ShouldBeGreaterThan(0);
            at = word.Start + word.Text.Length;
            if (!word.Kept) continue;
            var found = result.Text.IndexOf(word.Text, written, StringComparison.Ordinal);
            found.ShouldBeGreaterThanOrEqualTo(written);
            written = found + word.Text.Length;
        }

        result.Text.Count(static c => !char.IsWhiteSpace(c)).ShouldBeLessThanOrEqualTo(text.Count(static c => !char.IsWhiteSpace(c)));
        result.Words.Where(static w => w.Probability == 1).ShouldAllBe(static w => w.Kept);
    }

    private sealed class Told : IProgress<CompressionProgress>
    {
        public List<CompressionProgress> Steps { get; } = [];

        public Action? Then { get; set; }

        public void Report(CompressionProgress value)
        {
            Steps.Add(value);
            Then?.Invoke();
        }
    }
}
