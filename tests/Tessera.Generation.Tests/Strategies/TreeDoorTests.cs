using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Models.Tests;
using Tessera.Tensors.Kernels;

namespace Tessera.Generation.Tests.Strategies;

/// <summary>The door of draft trees: every row is the plain row, to the bit, and what is committed is what plain decoding would hold.</summary>
public sealed class TreeDoorTests : IDisposable
{
    private static readonly int[] Prompt = [.. Enumerable.Range(0, 40).Select(i => i * 7 % 61)];
    private static readonly int[] TreeTokens = [3, 4, 5, 6, 7, 8, 9];
    private static readonly int[] TreeParents = [-1, 0, 0, 1, -1, 4, 3];
    private readonly LanguageModel _model = ToyModels.Language(ToyModels.Llama());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _model.Dispose();

    private static int[] Path(int row)
    {
        var path = new List<int>();
        for (; row >= 0; row = TreeParents[row]) path.Insert(0, row);
        return [.. path];
    }

    private ModelDecoder Decoder(Arithmetic arithmetic = Arithmetic.Exact, int? contextLength = null) =>
        new(_model, new PassOptions { Arithmetic = arithmetic }, arithmetic == Arithmetic.Exact ? SequenceOptions.Exact : null, contextLength);

    [Theory]
    [InlineData(Arithmetic.Exact)]
    [InlineData(Arithmetic.Fast)]
    public async Task ATreesRowsEqualThePlainRowsToTheBit(Arithmetic arithmetic)
    {
        var decoder = Decoder(arithmetic);
        await RowsEqualPlainRows(decoder, Prompt, TreeTokens);
    }

    [Theory]
    [InlineData(Arithmetic.Exact)]
    [InlineData(Arithmetic.Fast)]
    public async Task OnTheRealModelToo(Arithmetic arithmetic)
    {
        using var package = RealModel.Load();
        var decoder = new ModelDecoder(package.Language, new PassOptions { Arithmetic = arithmetic }, arithmetic == Arithmetic.Exact ? SequenceOptions.Exact : null);
        var prompt = Enumerable.Range(0, 70).Select(i => 100 + i * 7919 % 40_000).ToArray();
        await RowsEqualPlainRows(decoder, prompt, [500, 600, 700, 800, 900, 1000, 1100]);
    }

    private static async Task RowsEqualPlainRows(ModelDecoder decoder, int[] prompt, int[] tokens)
    {
        using var tree = decoder.NewSequence();
        await tree.RunAsync(prompt, Token);
        for (var row = 0; row < TreeParents.Length; row++)
        {
            var logits = (await tree.RunTreeAsync(tokens, TreeParents, Token)).ToArray();
            logits.Length.ShouldBe(tokens.Length * decoder.VocabularySize);
            using var plain = decoder.NewSequence();
            await plain.RunAsync(prompt, Token);
            var path = Path(row);
            var expected = await plain.RunAsync(path.Select(r => tokens[r]).ToArray(), Token);
            logits.AsSpan(row * decoder.VocabularySize, decoder.VocabularySize).SequenceEqual(expected.Span).ShouldBeTrue($"row {row}");

            tree.CommitPath(path);
            tree.Tokens.ToArray().ShouldBe(plain.Tokens.ToArray());
            var next = (await tree.RunAsync(new[] { 11 }, Token)).ToArray();
            next.ShouldBe((await plain.RunAsync(new[] { 11 }, Token)).ToArray());
            tree.Truncate(prompt.Length);
        }
    }

    [Fact]
    public async Task ManyRoundsOfRandomTreesLeaveWhatAPlainRunLeaves()
    {
        var decoder = Decoder(Arithmetic.Fast);
        using var tree = decoder.NewSequence();
        await tree.RunAsync(Prompt, Token);
        var random = new Random(5);
        for (var round = 0; round < 50; round++)
        {
            var count = random.Next(1, 12);
            var tokens = Enumerable.Range(0, count).Select(_ => random.Next(61)).ToArray();
            var parents = Enumerable.Range(0, count).Select(i => random.Next(-1, i)).ToArray();
            await tree.RunTreeAsync(tokens, parents, Token);
            var path = new List<int>();
            for (var row = random.Next(-1, count); row >= 0; row = parents[row]) path.Insert(0, row);
            tree.CommitPath([.. path]);
        }

        using var plain = decoder.NewSequence();
        var held = tree.Tokens.ToArray();
        held.Length.ShouldBeGreaterThan(Prompt.Length + 20);
        await plain.RunAsync(held, Token);
        (await tree.RunAsync(new[] { 1 }, Token)).ToArray().ShouldBe((await plain.RunAsync(new[] { 1 }, Token)).ToArray());
    }

    [Fact]
    public async Task UntilItsPathIsCommittedATreeIsNoPartOfTheSequence()
    {
        using var sequence = Decoder().NewSequence();
        await sequence.RunAsync(Prompt, Token);
        Should.Throw<InvalidOperationException>(() => sequence.CommitPath([]));
        await sequence.RunTreeAsync(TreeTokens, TreeParents, Token);

        sequence.Tokens.ToArray().ShouldBe(Prompt);
        await Should.ThrowAsync<InvalidOperationException>(async () => await sequence.RunAsync(new[] { 1 }, Token));
        await Should.ThrowAsync<InvalidOperationException>(async () => await sequence.RunTreeAsync(new[] { 1 }, new[] { -1 }, Token));
        Should.Throw<InvalidOperationException>(() => sequence.Truncate(3));
        Should.Throw<InvalidOperationException>(() => sequence.Fork());
        Should.Throw<ArgumentException>(() => sequence.CommitPath([1]));
        Should.Throw<ArgumentException>(() => sequence.CommitPath([0, 3]));
        Should.Throw<ArgumentException>(() => sequence.CommitPath([7]));
        sequence.CommitPath([]);
        sequence.Tokens.ToArray().ShouldBe(Prompt);
    }

    [Fact]
    public async Task WhatIsNoTreeIsRefused()
    {
        using var sequence = Decoder(contextLength: Prompt.Length + 2).NewSequence();
        await sequence.RunAsync(Prompt, Token);
        await Should.ThrowAsync<ArgumentException>(async () => await sequence.RunTreeAsync(Array.Empty<int>(), Array.Empty<int>(), Token));
        await Should.ThrowAsync<ArgumentException>(async () => await sequence.RunTreeAsync(new[] { 1, 2 }, new[] { -1 }, Token));
        await Should.ThrowAsync<ArgumentException>(async () => await sequence.RunTreeAsync(new[] { 1, 2 }, new[] { 1, -1 }, Token)); // child before its parent
        await Should.ThrowAsync<ArgumentException>(async () => await sequence.RunTreeAsync(new[] { 1, 2, 3 }, new[] { -1, 0, 1 }, Token)); // beyond the context
        await sequence.RunTreeAsync(new[] { 1, 2, 3 }, new[] { -1, 0, 0 }, Token);
        sequence.CommitPath([0, 2]);
        sequence.Tokens[^1].ShouldBe(3);
    }

    [Fact]
    public async Task ACancelledTreeLeavesTheSequenceAsItWas()
    {
        using var sequence = Decoder().NewSequence();
        await sequence.RunAsync(Prompt, Token);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(async () => await sequence.RunTreeAsync(TreeTokens, TreeParents, cancelled.Token));
        sequence.Tokens.ToArray().ShouldBe(Prompt);
        await sequence.RunAsync(new[] { 1 }, Token);
        sequence.Tokens.Length.ShouldBe(Prompt.Length + 1);
    }

    [Fact]
    public async Task TheFakeDecoderKeepsTheSameRules()
    {
        var decoder = new FakeDecoder(61, 100, (history, row) => row[history[^1] * history.Length % 61] = 9);
        using var sequence = decoder.NewSequence();
        await sequence.RunAsync(Prompt, Token);
        var logits = (await sequence.RunTreeAsync(TreeTokens, TreeParents, Token)).ToArray();
        for (var row = 0; row < TreeTokens.Length; row++)
            logits[row * 61 + TreeTokens[row] * (Prompt.Length + Path(row).Length) % 61].ShouldBe(9);
        Should.Throw<InvalidOperationException>(() => sequence.Fork());
        sequence.CommitPath([0, 1]);
        sequence.Tokens[^2..].ToArray().ShouldBe([3, 4]);
        decoder.TokensRun.ShouldBe(47);
    }
}
