using Tessera.Models.Attention;
using Tessera.Models.State;
using Tessera.Tensors.Threads;

namespace Tessera.Models.Tests.Attention;

public unsafe class AttentionObservationsTests
{
    private static readonly ObservationRequest Everything = new()
    {
        ColumnSums = true, WindowRows = 5, LastRow = true, RowEntropies = true, TopKeys = 3, AllRows = true, BlockMax = 4,
    };

    [Fact]
    public void FiguresAreThoseOfTheWholeMatrix()
    {
        var fixture = new AttentionFixture(43, 6, 2, 16, peak: 4f);
        using var state = fixture.NewState();
        var plain = fixture.Run(state, 0, 43);
        state.Clear();
        var seen = new AttentionObservations(Everything);
        AttentionFixture.ShouldBeSameBits(Run(fixture, state, 0, 43, seen), plain);
        for (var head = 0; head < 6; head++)
        {
            var rows = Matrix(fixture, head);
            for (var key = 0; key < 43; key++)
            {
                seen.ColumnSums(head)[key].ShouldBe((float)rows.Sum(r => r[key]), 1e-5);
                seen.WindowColumnSums(head)[key].ShouldBe((float)rows[38..].Sum(r => r[key]), 1e-5);
                seen.LastRow(head)[key].ShouldBe((float)rows[42][key], 1e-6);
                seen.FullRow(head, 17)[key].ShouldBe((float)rows[17][key], 1e-6);
            }

            for (var row = 0; row < 43; row++)
            {
                seen.RowEntropies(head)[row].ShouldBe((float)-rows[row].Sum(w => w > 0 ? w * Math.Log(w) : 0), 1e-5);
                var top = rows[row].Select((w, key) => (w, key)).Where(x => x.key <= row).OrderByDescending(x => x.w).Take(3).ToArray();
                for (var i = 0; i < 3; i++)
                {
                    seen.TopSlots(head, row)[i].ShouldBe(i < top.Length ? top[i].key : -1);
                    if (i < top.Length) seen.TopWeights(head, row)[i].ShouldBe((float)top[i].w, 1e-6);
                }
            }
        }

        var grouped = new float[43];
        seen.Group(1, seen.ColumnSums, grouped);
        grouped[7].ShouldBe(seen.ColumnSums(3)[7] + seen.ColumnSums(4)[7] + seen.ColumnSums(5)[7], 1e-5);
        seen.Group(1, seen.LastRow, grouped, GroupReduction.Max);
        grouped[7].ShouldBe(Math.Max(seen.LastRow(3)[7], Math.Max(seen.LastRow(4)[7], seen.LastRow(5)[7])));
    }

    [Fact]
    public void EntropyOfThePowersOfTwoIsTheWorkedExample()
    {
        // Scores 0, ln 2, ln 4 give 1/7, 2/7, 4/7 and an entropy of 0.9557.
        var fixture = new AttentionFixture(3, 1, 1, 1) { Rule = new SoftmaxRule(1f) };
        fixture.Q.AsSpan().Fill(1f);
        (fixture.K[0], fixture.K[1], fixture.K[2]) = (0f, MathF.Log(2), MathF.Log(4));
        using var state = fixture.NewState();
        var seen = new AttentionObservations(Everything with { BlockMax = 0 });
        Run(fixture, state, 0, 3, seen);
        seen.RowEntropies(0)[2].ShouldBe(0.9557f, 5e-5);
    }

    [Fact]
    public void SumsDoNotDependOnThreads()
    {
        var fixture = new AttentionFixture(1100, 4, 2, 8);
        var (a, b) = (new AttentionObservations(new ObservationRequest { ColumnSums = true }), new AttentionObservations(new ObservationRequest { ColumnSums = true }));
        using var one = new ComputePool(1);
        using var three = new ComputePool(3);
        using var state = fixture.NewState();
        Run(fixture, state, 0, 1100, a, one);
        state.Clear();
        Run(fixture, state, 0, 1100, b, three);
        for (var head = 0; head < 4; head++)
        {
            AttentionFixture.ShouldBeSameBits(b.ColumnSums(head), a.ColumnSums(head));
            double total = 0;
            foreach (var sum in a.ColumnSums(head)) total += sum;
            total.ShouldBe(1100, 1e-2); // each row gives out one
        }
    }

    [Fact]
    public void BlockMaximaAreThoseOfTheMeanPositiveProducts()
    {
        var fixture = new AttentionFixture(21, 4, 2, 8);
        using var state = fixture.NewState();
        fixture.Run(state, 0, 10);
        var seen = new AttentionObservations(new ObservationRequest { BlockMax = 4 });
        Run(fixture, state, 10, 11, seen);
        (seen.FirstBlock, seen.Blocks).ShouldBe((2, 4));
        for (var block = 0; block < 4; block++)
        {
            seen.BlockMaxima(block).Length.ShouldBe(block + 3);
            for (var other = 0; other < block + 3; other++)
            {
                var expected = 0.0;
                for (var row = Math.Max(10, (block + 2) * 4); row < Math.Min(21, (block + 3) * 4); row++)
                {
                    for (var key = other * 4; key < Math.Min(row, other * 4 + 4); key++)
                        expected = Math.Max(expected, Enumerable.Range(0, 4).Average(h => Math.Max(0, Dot(fixture, row, h, key))));
                }

                seen.BlockMaxima(block)[other].ShouldBe((float)expected, 1e-5);
            }
        }
    }

    [Fact]
    public void WhatWasNotAskedForIsNotThere()
    {
        var fixture = new AttentionFixture(5, 1, 1, 4);
        using var state = fixture.NewState();
        var seen = new AttentionObservations(new ObservationRequest { FullRows = [2] });
        Run(fixture, state, 0, 5, seen);
        seen.FullRow(0, 2).Length.ShouldBe(5);
        Should.Throw<ArgumentException>(() => { _ = seen.FullRow(0, 3); });
        Should.Throw<InvalidOperationException>(() => { _ = seen.ColumnSums(0); }).Message.ShouldContain("ColumnSums");
        state.Clear();
        Should.Throw<ArgumentException>(() => Run(fixture, state, 0, 5, new AttentionObservations(new ObservationRequest { FullRows = [5] })));
        state.Length.ShouldBe(0);
    }

    [Fact]
    public void APolicySeesWhatItAskedForAndItsPlanIsCarriedOutAfterwards()
    {
        var fixture = new AttentionFixture(12, 2, 1, 8);
        using var state = fixture.NewState();
        var policy = new KeepLastFour();
        var output = new float[12 * 16];
        using var scratch = new AttentionScratch();
        fixed (float* q = fixture.Q, k = fixture.K, v = fixture.V, o = output)
        fixed (int* p = fixture.Positions)
        {
            var inputs = new AttentionInputs { Heads = 2, Rows = 12, Queries = q, Keys = k, Values = v, Output = o, Positions = p };
            AttentionOperation.Forward(ComputePool.Shared, scratch, fixture.Rule, [new AttentionSpan(state, 0, 12, RowVisibility.Causal)], inputs, 3, [policy]);
        }

        using var plain = fixture.NewState();
        AttentionFixture.ShouldBeSameBits(output, fixture.Run(plain, 0, 12));
        (state.SlotCount(0), state.Length, policy.Layer).ShouldBe((4, 12, 3));
        policy.LastRowSum.ShouldBe(1f, 1e-5);
    }

    internal static float[] Run(AttentionFixture f, KeyValueState state, int first, int count, AttentionObservations seen, ComputePool? pool = null)
    {
        var output = new float[count * f.Heads * f.ValueSize];
        using var scratch = new AttentionScratch();
        fixed (float* q = f.Q, k = f.K, v = f.V, o = output)
        fixed (int* p = f.Positions)
        {
            var inputs = new AttentionInputs
            {
                Heads = f.Heads, Rows = count, Queries = q + first * f.Heads * f.HeadSize, Keys = k + first * f.KvHeads * f.HeadSize,
                Values = v + first * f.KvHeads * f.ValueSize, Output = o, Positions = p + first,
            };
            AttentionOperation.Forward(pool ?? ComputePool.Shared, scratch, f.Rule, [new AttentionSpan(state, 0, count, RowVisibility.Causal)], inputs, [seen]);
        }

        return output;
    }

    private static double Dot(AttentionFixture f, int row, int head, int key)
    {
        var dot = 0.0;
        for (var i = 0; i < f.HeadSize; i++) dot += (double)f.Q[(row * f.Heads + head) * f.HeadSize + i] * f.K[(key * f.KvHeads + head / (f.Heads / f.KvHeads)) * f.HeadSize + i];
        return dot;
    }

    private static double[][] Matrix(AttentionFixture f, int head)
    {
        var rows = new double[f.Rows][];
        for (var row = 0; row < f.Rows; row++)
        {
            rows[row] = new double[f.Rows];
            for (var key = 0; key <= row; key++) rows[row][key] = Math.Exp(Dot(f, row, head, key) * 0.3f);
            var sum = rows[row].Sum();
            for (var key = 0; key <= row; key++) rows[row][key] /= sum;
        }

        return rows;
    }

    private sealed class KeepLastFour : IAttentionPolicy
    {
        public int Layer { get; private set; }

        public float LastRowSum { get; private set; }

        public ObservationRequest? Observe(in AttentionStep step) => new() { LastRow = true };

        public IAttentionPolicy Fork() => this;

        public void Truncate(int length)
        {
        }

        public RowVisibility? BeforeAttention(in AttentionStep step)
        {
            step.State.Length.ShouldBe(0);
            step.Queries.Length.ShouldBe(12 * 16);
            return null;
        }

        public KeepPlan? AfterAttention(in AttentionStep step, AttentionObservations? observations)
        {
            Layer = step.Layer;
            foreach (var w in observations!.LastRow(1)) LastRowSum += w;
            var count = step.State.SlotCount(0);
            return KeepPlan.Same(1, [.. Enumerable.Range(count - 4, 4)]);
        }
    }
}
