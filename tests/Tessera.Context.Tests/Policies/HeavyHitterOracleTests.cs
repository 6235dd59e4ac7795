using Tessera.Context.Policies;
using Tessera.Models.Attention;
using Tessera.Models.State;
using Tessera.Models.Tests;
using Tessera.Tensors.Threads;

namespace Tessera.Context.Tests.Policies;

/// <summary>The oracle's own numbers.</summary>
public unsafe class HeavyHitterOracleTests
{
    [Fact]
    public void TheWorkedCase()
    {
        // One head, one heavy hitter and two recent tokens; the rows of weights are made of keys that are unit vectors.
        using var state = new KeyValueState(1, 8, options: KeyValueOptions.Full);
        var policy = new HeavyHitterOracle(3, heavy: 1.0 / 3);
        Run(state, policy, [[1], [.6, .4], [.5, .2, .3], [.4, .1, .3, .2]], [0, 1, 2, 3]);
        Tokens(state).ShouldBe([0, 2, 3]);
        Close(policy.Sums(0, 0), [2.5, .6, .2]);
        Run(state, policy, [[.3, .1, .4, .2]], [0, 2, 3, 4]);
        Tokens(state).ShouldBe([0, 3, 4]);
        Close(policy.Sums(0, 0), [2.8, .6, .2]);
        Run(state, policy, [[.1, .7, .1, .1]], [0, 3, 4, 5]);
        Tokens(state).ShouldBe([0, 4, 5]);
        Close(policy.Sums(0, 0), [2.9, .3, .1]);
    }

    [Fact]
    public void WithoutHeavyHittersItIsASlidingWindow() =>
        PolicyRun.ShouldBeSame(
            PolicyRun.Logits(new HeavyHitterOracle(12, heavy: 0), PolicyRun.Ids, 40),
            PolicyRun.Logits(new StreamingLlm(12, sinks: 0, positions: CachePositions.Keep), PolicyRun.Ids, 40));

    [Fact]
    public void SumsGrowByOneForEachRowAndQueryHead()
    {
        var policy = new HeavyHitterOracle(2000);
        using var model = ToyModels.Language(ToyModels.Llama());
        using var sequence = model.NewSequence(SequenceOptions.Exact with { Policy = () => policy });
        PolicyRun.Logits(model, sequence, PolicyRun.Ids[..60], 50);
        for (var head = 0; head < 2; head++)
        {
            var sum = 0.0;
            foreach (var x in policy.Sums(1, head)) sum += x;
            sum.ShouldBe(2 * 60, 1e-3); // two query heads a KV head
        }
    }

    [Fact]
    public void SharesAreOfThePromptAndRoundedDown()
    {
        var policy = new HeavyHitterOracle(); // the paper's 20 %: a tenth each
        (policy.HeavySlots(100), policy.RecentSlots(100)).ShouldBe((10, 10));
        (policy.HeavySlots(99), policy.RecentSlots(99)).ShouldBe((9, 9));
        (policy.HeavySlots(3), policy.RecentSlots(3)).ShouldBe((0, 1));
        var absolute = new HeavyHitterOracle(9, heavy: 4 / 9.0);
        (absolute.HeavySlots(1000), absolute.RecentSlots(1000)).ShouldBe((4, 5));
    }

    [Fact]
    public void WeightsThatAreNoNumbersFailTheStepAndChangeNothing()
    {
        using var state = new KeyValueState(1, 8, options: KeyValueOptions.Full);
        var policy = new HeavyHitterOracle(3, heavy: 1.0 / 3);
        Should.Throw<ArithmeticException>(() => Run(state, policy, [[1], [.6, double.NaN]], [0, 1]));
        state.Truncate(0);
        Run(state, policy, [[1], [.6, .4]], [0, 1]);
        Close(policy.Sums(0, 0), [1.6, .4]);
    }

    [Fact]
    public void TheOraclesMemoryCantGoBack()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var sequence = model.NewSequence(SequenceOptions.Exact with { Policy = () => new HeavyHitterOracle(2000) });
        using var pass = PolicyRun.NewPass();
        PolicyRun.Step(model, pass, sequence, PolicyRun.Ids.AsSpan(0, 30));
        Should.Throw<NotSupportedException>(() => sequence.Truncate(20)).Message.ShouldContain(nameof(HeavyHitterOracle));
        sequence.Length.ShouldBe(30);
    }

    // The rows' weights over the given tokens: key t is the unit vector t, and a query's component t is the logarithm of the weight.
    private static void Run(KeyValueState state, HeavyHitterOracle policy, double[][] weights, int[] tokens)
    {
        var rows = weights.Length;
        var (q, k, o) = (new float[rows * 8], new float[rows * 8], new float[rows * 8]);
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < weights[row].Length; i++) q[row * 8 + tokens[i]] = (float)Math.Log(weights[row][i]);
            k[row * 8 + tokens[^1] - rows + 1 + row] = 1;
        }

        int[] positions = [.. tokens[^rows..]];
        using var scratch = new AttentionScratch();
        fixed (float* queries = q, keys = k, output = o)
        fixed (int* p = positions)
        {
            var inputs = new AttentionInputs { Heads = 1, Rows = rows, Queries = queries, Keys = keys, Values = keys, Output = output, Positions = p };
            AttentionOperation.Forward(ComputePool.Shared, scratch, new SoftmaxRule(1), [new AttentionSpan(state, 0, rows, RowVisibility.Causal)], inputs, 0, [policy]);
        }
    }

    private static int[] Tokens(KeyValueState state) => [.. Enumerable.Range(0, state.SlotCount(0)).Select(s => state.TokenOf(0, s))];

    private static void Close(ReadOnlySpan<float> actual, double[] expected)
    {
        actual.Length.ShouldBe(expected.Length);
        for (var i = 0; i < actual.Length; i++) actual[i].ShouldBe((float)expected[i], 1e-5);
    }
}
