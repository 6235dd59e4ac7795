using Tessera.Models.Attention;
using Tessera.Models.State;
using Tessera.Tensors;
using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;
using static Tessera.Models.Tests.Attention.AttentionFixture;

namespace Tessera.Models.Tests.Attention;

public class AttentionOperationTests
{
    private static readonly Func<int, int, bool> Causal = (row, key) => key <= row;

    [Theory]
    [InlineData(1, 1, 1, 4)]
    [InlineData(7, 2, 1, 12)]
    [InlineData(33, 9, 3, 64)]
    [InlineData(65, 4, 4, 20)]
    [InlineData(40, 30, 1, 8)]
    [InlineData(50, 14, 2, 48)]
    [InlineData(70, 5, 5, 80)]
    public void CausalAttentionIsTheTwins(int rows, int heads, int kvHeads, int headSize)
    {
        var fixture = new AttentionFixture(rows, heads, kvHeads, headSize);
        using var state = fixture.NewState();
        ShouldBeClose(fixture.Run(state, 0, rows), fixture.Twin(Causal, (_, _, _, dot) => dot * 0.3f));
    }

    [Fact]
    public void ValuesMayBeNarrowerThanKeys()
    {
        var fixture = new AttentionFixture(37, 4, 2, 24, valueSize: 18);
        using var state = fixture.NewState();
        ShouldBeClose(fixture.Run(state, 0, 37), fixture.Twin(Causal, (_, _, _, dot) => dot * 0.3f));
    }

    [Fact]
    public void LongRowsArePutTogetherFromPartsExactlyEnough()
    {
        var fixture = new AttentionFixture(2100, 2, 1, 16, peak: 6f);
        var expected = fixture.Twin((row, key) => row < 2095 ? key == 0 : key <= row, (_, _, _, dot) => dot * 0.3f);
        var actual = fixture.RunInPieces(2100);
        ShouldBeClose(actual.AsSpan(2095 * 32), expected.AsSpan(2095 * 32));
    }

    [Theory]
    [InlineData(TensorFormat.F32, TensorFormat.F32)]
    [InlineData(TensorFormat.F16, TensorFormat.F16)]
    [InlineData(TensorFormat.Q8_0, TensorFormat.Q4_0)]
    [InlineData(TensorFormat.Q4_0, TensorFormat.Q8_0)]
    public void ChunksAndThreadsChangeNoBit(TensorFormat keys, TensorFormat values)
    {
        var fixture = new AttentionFixture(1100, 3, 1, 32) { Options = new KeyValueOptions { KeyFormat = keys, ValueFormat = values } };
        using var one = new ComputePool(1);
        var whole = fixture.RunInPieces(1100, one);
        ShouldBeSameBits(fixture.RunInPieces(1100), whole);
        ShouldBeSameBits(fixture.RunInPieces(97), whole);
        ShouldBeSameBits(fixture.RunInPieces(5, one), whole);
        ShouldBeSameBits(fixture.RunInPieces(1), whole);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(40)]
    [InlineData(1050)]
    public void ASlidingWindowIsTheTwinsAndChunksChangeNoBit(int maxDistance)
    {
        var rows = maxDistance > 1000 ? 1200 : 150;
        var fixture = new AttentionFixture(rows, 4, 2, 16) { Rule = new SoftmaxRule(0.3f) { MaxDistance = maxDistance } };
        var whole = fixture.RunInPieces(rows);
        if (rows < 1000) ShouldBeClose(whole, fixture.Twin((row, key) => key <= row && row - key <= maxDistance, (_, _, _, dot) => dot * 0.3f));
        ShouldBeSameBits(fixture.RunInPieces(1), whole);
        ShouldBeSameBits(fixture.RunInPieces(37), whole);
    }

    [Fact]
    public void ASymmetricWindowReachesBothWays()
    {
        var fixture = new AttentionFixture(90, 2, 2, 16) { Rule = new SoftmaxRule(0.3f) { MaxDistance = 6 } };
        using var state = fixture.NewState();
        ShouldBeClose(fixture.Run(state, 0, 90, RowVisibility.Full), fixture.Twin((row, key) => Math.Abs(row - key) <= 6, (_, _, _, dot) => dot * 0.3f));
    }

    [Fact]
    public void FullVisibilitySeesAllRowsOfThePass()
    {
        var fixture = new AttentionFixture(45, 3, 1, 16);
        using var state = fixture.NewState();
        ShouldBeClose(fixture.Run(state, 0, 45, RowVisibility.Full), fixture.Twin((_, _) => true, (_, _, _, dot) => dot * 0.3f));
    }

    [Fact]
    public void AMaskDecidesAmongThePassesRowsAndARowThatSeesNothingIsZero()
    {
        var fixture = new AttentionFixture(21, 3, 1, 16);
        var mask = new bool[21 * 21];
        for (var i = 0; i < mask.Length; i++) mask[i] = i / 21 != 4 && i * 7 % 3 == 0;
        using var state = fixture.NewState();
        var actual = fixture.Run(state, 0, 21, RowVisibility.FromMask(21, mask));
        var expected = fixture.Twin((row, key) => mask[row * 21 + key], (_, _, _, dot) => dot * 0.3f);
        for (var i = 4 * 48; i < 5 * 48; i++) expected[i] = 0; // the twin divides zero by zero
        ShouldBeClose(actual, expected);
    }

    [Fact]
    public void ACachedPrefixHidesTheRestOfTheCache()
    {
        var fixture = new AttentionFixture(30, 2, 1, 16);
        using var state = fixture.NewState();
        fixture.Run(state, 0, 20);
        var actual = fixture.Run(state, 20, 10, RowVisibility.Causal.WithCachedPrefix(7));
        var expected = fixture.Twin((row, key) => key < 7 || key >= 20 && key <= row, (_, _, _, dot) => dot * 0.3f);
        ShouldBeClose(actual, expected.AsSpan(20 * 32));
    }

    [Fact]
    public void ATreesRowsHaveTheBitsOfTheirPathsRunAlone()
    {
        int[] parents = [-1, 0, 0, 1, 2, 2, -1, 6];
        var fixture = new AttentionFixture(1030 + parents.Length, 3, 1, 32);
        const int prefix = 1030;
        var positions = fixture.Positions;
        for (var r = 0; r < parents.Length; r++) positions[prefix + r] = parents[r] < 0 ? prefix : positions[prefix + parents[r]] + 1;
        using var trunk = fixture.NewState();
        fixture.Run(trunk, 0, prefix);
        using var tree = trunk.Fork();
        var together = fixture.Run(tree, prefix, parents.Length, RowVisibility.Tree(parents));
        for (var leaf = 0; leaf < parents.Length; leaf++)
        {
            var path = new List<int>();
            for (var r = leaf; r >= 0; r = parents[r]) path.Insert(0, r);
            using var alone = trunk.Fork();
            var output = Array.Empty<float>();
            foreach (var r in path) output = fixture.Run(alone, prefix + r, 1);
            ShouldBeSameBits(together.AsSpan(leaf * 96, 96), output);
        }
    }

    [Fact]
    public void ACommittedPathGoesOnLikeThePathAlone()
    {
        int[] parents = [-1, 0, 1, 0, 3];
        var fixture = new AttentionFixture(50 + 5 + 1, 2, 1, 16);
        for (var r = 0; r < 5; r++) fixture.Positions[50 + r] = parents[r] < 0 ? 50 : fixture.Positions[50 + parents[r]] + 1;
        fixture.Positions[55] = 53;
        using var trunk = fixture.NewState();
        fixture.Run(trunk, 0, 50);
        using var tree = trunk.Fork();
        fixture.Run(tree, 50, 5, RowVisibility.Tree(parents));
        tree.PositionsOrdered.ShouldBeFalse();
        tree.CommitPath([0, 3, 4]);
        tree.PositionsOrdered.ShouldBeTrue();
        tree.Length.ShouldBe(53);
        tree.TokenOf(0, 52).ShouldBe(52);
        using var alone = trunk.Fork();
        foreach (var r in new[] { 50, 53, 54 }) fixture.Run(alone, r, 1);
        ShouldBeSameBits(fixture.Run(tree, 55, 1), fixture.Run(alone, 55, 1));
        trunk.Length.ShouldBe(50);
        trunk.SlotCount(0).ShouldBe(50);
    }

    [Fact]
    public void CompactedSlotsGiveTheBitsOfMaskedOnes()
    {
        var fixture = new AttentionFixture(81, 4, 2, 16);
        using var state = fixture.NewState();
        fixture.Run(state, 0, 80);
        int[] kept = [.. Enumerable.Range(0, 80).Where(s => s < 35 || s % 3 == 0)];
        using var compact = state.Fork();
        compact.Compact(KeepPlan.Same(2, kept));
        compact.Length.ShouldBe(80);
        var expected = fixture.Twin((row, key) => row != 80 ? key == 0 : key == 80 || kept.Contains(key), (_, _, _, dot) => dot * 0.3f);
        var actual = fixture.Run(compact, 80, 1);
        ShouldBeClose(actual, expected.AsSpan(80 * 64));
        compact.Length.ShouldBe(81);
        compact.TokenOf(1, kept.Length).ShouldBe(80);
    }

    [Fact]
    public unsafe void SequencesOfABatchDoNotTouchEachOther()
    {
        var fixture = new AttentionFixture(60, 3, 1, 16);
        using var a = fixture.NewState();
        using var b = fixture.NewState();
        var alone = fixture.Run(a, 0, 25).Concat(fixture.Run(b, 25, 35)).ToArray();
        a.Clear();
        b.Clear();
        var together = new float[alone.Length];
        using var scratch = new AttentionScratch();
        fixed (float* q = fixture.Q, k = fixture.K, v = fixture.V, o = together)
        fixed (int* p = fixture.Positions)
        {
            var inputs = new AttentionInputs { Heads = 3, Rows = 60, Queries = q, Keys = k, Values = v, Output = o, Positions = p };
            AttentionOperation.Forward(
                ComputePool.Shared, scratch, fixture.Rule, [new AttentionSpan(a, 0, 25, RowVisibility.Causal), new AttentionSpan(b, 25, 35, RowVisibility.Causal)], inputs);
        }

        ShouldBeSameBits(together, alone);
    }

    [Theory]
    [InlineData(TensorFormat.F16)]
    [InlineData(TensorFormat.Q8_0)]
    [InlineData(TensorFormat.Q4_0)]
    public void ARowAttendsToWhatTheStateStoresItsOwnIncluded(TensorFormat format)
    {
        var fixture = new AttentionFixture(40, 2, 1, 32) { Options = new KeyValueOptions { KeyFormat = format, ValueFormat = format } };
        using var state = fixture.NewState();
        var actual = fixture.Run(state, 0, 40);
        ShouldBeClose(actual, fixture.Twin(Causal, (_, _, _, dot) => dot * 0.3f, state));
    }

    [Fact]
    public void SoftCapAndAlibiShapeScores()
    {
        var slopes = Positions.AlibiSlopes(6);
        var fixture = new AttentionFixture(70, 6, 2, 16, peak: 5f) { Rule = new SoftmaxRule(0.4f, softcap: 3f, slopes) };
        using var state = fixture.NewState();
        var expected = fixture.Twin(Causal, (head, row, key, dot) => 3 * Math.Tanh(dot * 0.4f / 3) + slopes[head] * (key - row));
        ShouldBeClose(fixture.Run(state, 0, 70), expected);
    }

    [Fact]
    public void AlibiSlopesFollowThePaper()
    {
        Positions.AlibiSlopes(8).ShouldBe([0.5f, 0.25f, 0.125f, 0.0625f, 0.03125f, 0.015625f, 0.0078125f, 0.00390625f]);
        Positions.AlibiSlopes(3).ShouldBe([0.0625f, 0.00390625f, 0.25f]);
    }

    [Fact]
    public void RowsComputedLateSeeOnlyTokensBeforeThem()
    {
        var fixture = new AttentionFixture(12, 2, 1, 16);
        int[] order = [0, 1, 3, 4, 6, 7, 8, 11, 2, 5, 9, 10];
        using var state = fixture.NewState();
        var actual = new float[12 * 32];
        // rows 0..11 of the fixture stand for the tokens of `order`, in two passes
        fixture.Run(state, 0, 8, tokens: order[..8]).CopyTo(actual, 0);
        fixture.Run(state, 8, 4, tokens: order[8..]).CopyTo(actual, 8 * 32);
        state.Ordered.ShouldBeFalse();
        state.Length.ShouldBe(12);
        var expected = fixture.Twin((row, key) => order[key] <= order[row] && (row >= 8 || key < 8), (_, _, _, dot) => dot * 0.3f);
        ShouldBeClose(actual, expected);
    }

    [Fact]
    public unsafe void NothingIsAllocatedAfterTheFirstCalls()
    {
        var fixture = new AttentionFixture(200, 9, 3, 64);
        using var state = fixture.NewState();
        using var scratch = new AttentionScratch();
        using var pool = new ComputePool(1);
        var output = new float[fixture.Q.Length];
        fixed (float* q = fixture.Q, k = fixture.K, v = fixture.V, o = output)
        fixed (int* p = fixture.Positions)
        {
            var inputs = new AttentionInputs { Heads = 9, Rows = 100, Queries = q, Keys = k, Values = v, Output = o, Positions = p };
            AttentionSpan[] spans = [new AttentionSpan(state, 0, 100, RowVisibility.Causal)];
            for (var i = 0; i < 3; i++)
            {
                state.Clear();
                AttentionOperation.Forward(pool, scratch, fixture.Rule, spans, inputs);
            }

            state.Clear();
            var (managed, native) = (GC.GetAllocatedBytesForCurrentThread(), NativeBuffer.Allocations);
            AttentionOperation.Forward(pool, scratch, fixture.Rule, spans, inputs);
            (GC.GetAllocatedBytesForCurrentThread() - managed).ShouldBe(0);
            scratch.Bytes.ShouldBeGreaterThan(0);
        }
    }

    [Fact]
    public void WrongCallsAreRefusedBeforeAnythingChanges()
    {
        var fixture = new AttentionFixture(10, 4, 2, 16);
        using var state = fixture.NewState();
        Should.Throw<ArgumentException>(() => fixture.Run(state, 0, 10, RowVisibility.Tree([-1, 0, 1])));
        state.Length.ShouldBe(0);
        Should.Throw<ArgumentException>(() => RowVisibility.Tree([-1, 2]));
        Should.Throw<ArgumentException>(() => new SoftmaxRule(float.NaN));
        using var gone = fixture.NewState();
        gone.Dispose();
        Should.Throw<ObjectDisposedException>(() => fixture.Run(gone, 0, 10));
        using var odd = new KeyValueState(3, 16);
        Should.Throw<ArgumentException>(() => fixture.Run(odd, 0, 10));
    }

    [Fact]
    public void ANaNStaysInTheRowsThatSeeIt()
    {
        var fixture = new AttentionFixture(40, 2, 1, 16);
        var clean = fixture.RunInPieces(40);
        fixture.V[30 * 16] = float.NaN;
        fixture.K[30 * 16 + 1] = float.PositiveInfinity;
        var spoilt = fixture.RunInPieces(40);
        ShouldBeSameBits(spoilt.AsSpan(0, 30 * 32), clean.AsSpan(0, 30 * 32));
        spoilt[30 * 32].ShouldBe(float.NaN);
    }
}
