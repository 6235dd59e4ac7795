using Tessera.Models.Attention;
using Tessera.Models.State;
using Tessera.Tensors;
using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;

namespace Tessera.Models.Tests.Attention;

public unsafe class AttentionBackwardTests
{
    public static TheoryData<string> Cases => ["plain", "softcap", "window", "full", "tree", "alibi", "relative", "wide", "long", "group of 30"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void TheTwinsGradientsAreThoseOfItsForward(string name)
    {
        var c = new Case(name, small: true);
        var (q, k, v) = (Doubles(c.Fixture.Q), Doubles(c.Fixture.K), Doubles(c.Fixture.V));
        var gradient = Doubles(c.Gradient);
        var (dq, dk, dv, db) = c.Twin.Backward(q, k, v, gradient);
        CheckDifferences(q, dq);
        CheckDifferences(k, dk);
        CheckDifferences(v, dv);
        if (db.Length > 0) CheckDifferences(c.Twin.Bias, db);

        void CheckDifferences(double[] variables, double[] analytic)
        {
            for (var i = 0; i < variables.Length; i += Math.Max(1, variables.Length / 40))
            {
                const double step = 1e-5;
                var kept = variables[i];
                variables[i] = kept + step;
                var up = Loss();
                variables[i] = kept - step;
                var down = Loss();
                variables[i] = kept;
                var numeric = (up - down) / (2 * step);
                (Math.Abs(numeric - analytic[i]) / (Math.Abs(numeric) + Math.Abs(analytic[i]) + 1e-3)).ShouldBeLessThan(1e-6);
            }
        }

        double Loss() => c.Twin.Forward(q, k, v).Zip(gradient, (a, b) => a * b).Sum();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void GradientsAreTheTwins(string name)
    {
        var c = new Case(name, small: false);
        var actual = c.Run(ComputePool.Shared);
        var (dq, dk, dv, db) = c.Twin.Backward(Doubles(c.Fixture.Q), Doubles(c.Fixture.K), Doubles(c.Fixture.V), Doubles(c.Gradient));
        ShouldBeRelativelyClose(actual.Q, dq);
        ShouldBeRelativelyClose(actual.K, dk);
        ShouldBeRelativelyClose(actual.V, dv);
        ShouldBeRelativelyClose(actual.Rule, db);
    }

    [Fact]
    public void ThreadsChangeNoBitOfAGradient()
    {
        var c = new Case("relative", small: false);
        using var one = new ComputePool(1);
        using var three = new ComputePool(3);
        var (a, b) = (c.Run(one), c.Run(three));
        AttentionFixture.ShouldBeSameBits(b.Q, a.Q);
        AttentionFixture.ShouldBeSameBits(b.K, a.K);
        AttentionFixture.ShouldBeSameBits(b.V, a.V);
        AttentionFixture.ShouldBeSameBits(b.Rule, a.Rule);
    }

    [Fact]
    public void GradientsAreAddedToWhatIsThere()
    {
        var c = new Case("plain", small: true);
        var once = c.Run(ComputePool.Shared);
        var twice = c.Run(ComputePool.Shared, start: 1f);
        for (var i = 0; i < once.K.Length; i++) twice.K[i].ShouldBe(once.K[i] + 1f, 1e-6f);
        for (var i = 0; i < once.Q.Length; i++) twice.Q[i].ShouldBe(once.Q[i] + 1f, 1e-6f);
    }

    [Fact]
    public void CrossAttentionGivesTheMemoryTheGradientOfARowThatSeesAll()
    {
        // The first 3 of 8 rows that all see each other, and nobody else's gradient, are cross attention of 3 rows to a memory of 8.
        var f = new AttentionFixture(8, 4, 2, 12);
        var upstream = new float[f.Q.Length];
        for (var i = 0; i < 3 * 48; i++) upstream[i] = i % 5 - 2f;
        var (sq, sk, sv) = (new float[f.Q.Length], new float[f.K.Length], new float[f.V.Length]);
        var (cq, ck, cv) = (new float[3 * 48], new float[f.K.Length + 24], new float[f.V.Length + 24]); // the memory starts at row 1
        var (selfOutput, crossOutput) = (new float[f.Q.Length], new float[3 * 48]);
        using var scratch = new AttentionScratch();
        using var self = f.NewState();
        using var memory = new CrossMemory(f.NewState());
        memory.Contents.Append(f.K, f.V, f.Positions);
        fixed (float* q = f.Q, k = f.K, v = f.V, so = selfOutput, co = crossOutput, g = upstream)
        fixed (float* psq = sq, psk = sk, psv = sv, pcq = cq, pck = ck, pcv = cv)
        fixed (int* p = f.Positions)
        {
            var whole = new AttentionInputs { Heads = 4, Rows = 8, Queries = q, Keys = k, Values = v, Output = so, Positions = p };
            AttentionSpan[] all = [new AttentionSpan(self, 0, 8, RowVisibility.Full)];
            AttentionOperation.Forward(ComputePool.Shared, scratch, f.Rule, all, whole);
            AttentionOperation.Backward(ComputePool.Shared, scratch, f.Rule, all, whole, new AttentionGradients { Output = g, Queries = psq, Keys = psk, Values = psv });
            var cross = new AttentionInputs { Heads = 4, Rows = 3, Queries = q, Output = co, Positions = p };
            AttentionSpan[] three = [new AttentionSpan(memory.Contents, 0, 3, RowVisibility.Full) { ReadOnly = true, FirstKeyRow = 1 }];
            AttentionOperation.Forward(ComputePool.Shared, scratch, f.Rule, three, cross);
            AttentionOperation.Backward(ComputePool.Shared, scratch, f.Rule, three, cross, new AttentionGradients { Output = g, Queries = pcq, Keys = pck, Values = pcv });
            Should.Throw<ArgumentException>(() => AttentionOperation.Backward(
                ComputePool.Shared, scratch, f.Rule, [three[0], three[0]], new AttentionInputs { Heads = 4, Rows = 3 }, default));
        }

        AttentionFixture.ShouldBeSameBits(crossOutput, selfOutput.AsSpan(0, 3 * 48));
        AttentionFixture.ShouldBeSameBits(cq, sq.AsSpan(0, 3 * 48));
        for (var i = 0; i < sk.Length; i++) ck[24 + i].ShouldBe(sk[i], 1e-6);
        for (var i = 0; i < sv.Length; i++) cv[24 + i].ShouldBe(sv[i], 1e-6);
        memory.Length.ShouldBe(8);
    }

    [Fact]
    public void AStateWithAPastOrRoundedKeysIsRefused()
    {
        var c = new Case("plain", small: true);
        c.Fixture.Options = new KeyValueOptions();
        Should.Throw<NotSupportedException>(() => c.Run(ComputePool.Shared)).Message.ShouldContain("F16");
        c.Fixture.Options = KeyValueOptions.Full;
        using var state = c.Fixture.NewState();
        c.Fixture.Run(state, 0, c.Fixture.Rows);
        Should.Throw<NotSupportedException>(() => c.Run(ComputePool.Shared, state: state));
    }

    private static double[] Doubles(float[] values) => [.. values.Select(v => (double)v)];

    private static void ShouldBeRelativelyClose(float[] actual, double[] expected)
    {
        actual.Length.ShouldBe(expected.Length);
        if (expected.Length == 0) return;
        var largest = expected.Max(Math.Abs);
        // 1e-4 of the largest entry: the tolerance that the trainer sets for attention in F32.
        for (var i = 0; i < actual.Length; i++) Math.Abs(actual[i] - expected[i]).ShouldBeLessThanOrEqualTo(1e-4 * largest, $"element {i}");
    }

    private sealed class Case
    {
        internal Case(string name, bool small)
        {
            var rows = name == "long" ? 1100 : small ? 9 : 61;
            if (small && name == "long") rows = 12;
            var (heads, kvHeads, size) = name switch { "wide" => (2, 2, 20), "long" => (1, 1, 8), "group of 30" => (30, 1, 6), _ => (6, 2, 16) };
            Fixture = new AttentionFixture(rows, heads, kvHeads, size, name == "wide" ? 12 : 0, peak: 2f);
            var random = new Random(5);
            Gradient = [.. Enumerable.Range(0, rows * heads * Fixture.ValueSize).Select(_ => (float)(random.NextDouble() * 2 - 1))];
            var parents = Enumerable.Range(0, rows).Select(r => r == 0 ? -1 : random.Next(Math.Max(0, r - 5), r)).ToArray();
            var tree = RowVisibility.Tree(parents);
            var slopes = Positions.AlibiSlopes(heads);
            var table = new float[8 * heads];
            for (var i = 0; i < table.Length; i++) table[i] = (float)random.NextDouble();
            Visibility = name switch { "full" or "relative" => RowVisibility.Full, "tree" => tree, _ => RowVisibility.Causal };
            Fixture.Rule = name switch
            {
                "softcap" => new SoftmaxRule(0.5f, 1.5f),
                "window" => new SoftmaxRule(0.5f) { MaxDistance = 4 },
                "alibi" => new SoftmaxRule(0.5f, 2f, slopes),
                "relative" => new RelativeBiasRule(Tensor.FromValues(table, 8, heads), bidirectional: true, 20, 0.5f),
                _ => new SoftmaxRule(0.5f),
            };
            Twin = new AttentionTwin(rows, heads, kvHeads, size, Fixture.ValueSize)
            {
                Scale = 0.5,
                Softcap = name switch { "softcap" => 1.5, "alibi" => 2, _ => 0 },
                Visible = name switch
                {
                    "full" or "relative" => (_, _) => true,
                    "tree" => tree.Sees,
                    "window" => (row, key) => key <= row && row - key <= 4,
                    _ => (row, key) => key <= row,
                },
                Fixed = name == "alibi" ? Doubles(slopes) : [],
                BiasIndex = name == "relative" ? (head, row, key) => Positions.RelativeBucket(key - row, true, 8, 20) * heads + head : null,
                Bias = name == "relative" ? Doubles(table) : [],
            };
        }

        internal AttentionFixture Fixture { get; }

        internal AttentionTwin Twin { get; }

        internal float[] Gradient { get; }

        private RowVisibility Visibility { get; }

        internal (float[] Q, float[] K, float[] V, float[] Rule) Run(ComputePool pool, float start = 0, KeyValueState? state = null)
        {
            var f = Fixture;
            using var own = f.NewState();
            using var scratch = new AttentionScratch();
            var (dq, dk, dv, dr) = (Filled(f.Q.Length), Filled(f.K.Length), Filled(f.V.Length), Filled(f.Rule.ParameterCount));
            var output = new float[Gradient.Length];
            fixed (float* q = f.Q, k = f.K, v = f.V, o = output, g = Gradient, pq = dq, pk = dk, pv = dv, pr = dr)
            fixed (int* p = f.Positions)
            {
                var inputs = new AttentionInputs { Heads = f.Heads, Rows = f.Rows, Queries = q, Keys = k, Values = v, Output = o, Positions = p };
                AttentionSpan[] spans = [new AttentionSpan(state ?? own, 0, f.Rows, Visibility)];
                AttentionOperation.Forward(pool, scratch, f.Rule, spans, inputs);
                AttentionOperation.Backward(
                    pool, scratch, f.Rule, spans, inputs, new AttentionGradients { Output = g, Queries = pq, Keys = pk, Values = pv, Rule = pr });
            }

            return (dq, dk, dv, dr);

            float[] Filled(int count)
            {
                var values = new float[count];
                values.AsSpan().Fill(start);
                return values;
            }
        }
    }
}
