using Tessera.Models.Attention;
using Tessera.Models.State;
using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;

namespace Tessera.Golden;

/// <summary>Softplus attention with re-weighting: the normalised and the re-weighted weights, outputs, and gradients through the unit norm of queries and keys.</summary>
internal sealed unsafe class SoftplusAttentionReader : IGoldenReader
{
    private static readonly bool[] s_stages = [false, true];

    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Expected.Has("W") && @case.Has("input") && @case.Input.Has("power") || @case.Expected.Find("rows") is { Count: > 0 } rows && rows[0].Has("cosines");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        if (@case.Expected.Find("rows") is { } rows) CheckRows(rows, check, @case.File);
        else CheckAttention(@case, check);
    }

    private static void CheckRows(GoldenValue rows, GoldenCheck check, GoldenFile file)
    {
        foreach (var expected in rows.Items)
        {
            var cosines = expected["cosines"].AsDoubles();
            foreach (var reweights in s_stages)
            {
                var rule = new SoftplusRule(expected["d"].AsInt(), expected["power"].AsDouble(), reweights);
                float[] weights = [.. cosines.Select(c => (float)c)];
                var row = new AttentionRow(0, weights.Length - 1, weights.Length, []);
                rule.Shape(row, weights);
                var sum = rule.Normalise(row, weights).Sum;
                for (var i = 0; i < weights.Length; i++) weights[i] /= sum;
                check.Tensor(expected[reweights ? "W" : "A"], weights, new Tolerance(file.Tolerance(reweights ? "W" : "A")));
            }
        }
    }

    private static void CheckAttention(GoldenCase @case, GoldenCheck check)
    {
        var (file, input, expected) = (@case.File, @case.Input, @case.Expected);
        var (q, k) = (Floats(input["q"]), Floats(input["k"]));
        var v = Floats(input["v"]);
        var (rows, size) = (input["q"].Count, input["q"][0].Count);
        var (power, epsilon) = (input["power"].IsNull ? (double?)null : input["power"].AsDouble(), input["epsilon"].AsDouble());
        var (unitQ, unitK) = (Unit(q, size), Unit(k, size));
        var plain = new Attended(new SoftplusRule(size, power ?? 1, reweight: false, epsilon), unitQ, unitK, v, rows, size);
        var sharp = power is null ? plain : new Attended(new SoftplusRule(size, power.Value, reweight: true, epsilon), unitQ, unitK, v, rows, size);
        check.Tensor(expected["A"], plain.Weights, new Tolerance(file.Tolerance("A")));
        check.Tensor(expected["W"], sharp.Weights, new Tolerance(file.Tolerance("W")));
        check.Tensor(expected["output"], sharp.Output, new Tolerance(file.Tolerance("output")));
        var (dq, dk, dv) = sharp.Backward(Floats(input["output_gradient"]));
        var tolerance = new Tolerance(0, RelativeToLargest: file.Tolerance("gradients relative"));
        check.Tensor(expected["dq"], UnitBackward(q, dq, size), tolerance);
        check.Tensor(expected["dk"], UnitBackward(k, dk, size), tolerance);
        check.Tensor(expected["dv"], dv, tolerance);
    }

    private static float[] Floats(GoldenValue value) => [.. value.Items.SelectMany(row => row.AsDoubles()).Select(x => (float)x)];

    private static float[] Unit(float[] x, int size)
    {
        var (norm, y) = (SoftplusRule.UnitNorm(size), new float[x.Length]);
        fixed (float* from = x, to = y)
        {
            for (var at = 0; at < x.Length; at += size) RmsNorm.Forward(from + at, norm.Gain.VectorPointer, size, norm.Epsilon, to + at, 0);
        }

        return y;
    }

    // dx of x / |x|, from the formula.
    private static float[] UnitBackward(float[] x, float[] dy, int size)
    {
        var dx = new float[x.Length];
        for (var at = 0; at < x.Length; at += size)
        {
            var length = Math.Sqrt(x.AsSpan(at, size).ToArray().Sum(a => (double)a * a));
            var dot = 0.0;
            for (var i = at; i < at + size; i++) dot += x[i] / length * dy[i];
            for (var i = at; i < at + size; i++) dx[i] = (float)((dy[i] - x[i] / length * dot) / length);
        }

        return dx;
    }

    // One head's attention over all rows.
    private sealed class Attended
    {
        private readonly SoftplusRule _rule;
        private readonly float[] _q;
        private readonly float[] _k;
        private readonly float[] _v;
        private readonly int _rows;
        private readonly int _size;

        public Attended(SoftplusRule rule, float[] q, float[] k, float[] v, int rows, int size)
        {
            (_rule, _q, _k, _v, _rows, _size) = (rule, q, k, v, rows, size);
            var seen = new AttentionObservations(new ObservationRequest { AllRows = true });
            (Output, Weights) = (new float[v.Length], new float[rows * rows]);
            Call((KeyValueState state, AttentionScratch scratch, in AttentionInputs inputs) => AttentionOperation.Forward(ComputePool.Shared, scratch, _rule, [Span(state)], inputs, [seen]));
            for (var row = 0; row < rows; row++) seen.FullRow(0, row).CopyTo(Weights.AsSpan(row * rows));
        }

        private delegate void Operation(KeyValueState state, AttentionScratch scratch, in AttentionInputs inputs);

        public float[] Output { get; }

        public float[] Weights { get; }

        public (float[] Q, float[] K, float[] V) Backward(float[] gradient)
        {
            var (dq, dk, dv) = (new float[_q.Length], new float[_k.Length], new float[_v.Length]);
            Call((KeyValueState state, AttentionScratch scratch, in AttentionInputs inputs) =>
            {
                AttentionOperation.Forward(ComputePool.Shared, scratch, _rule, [Span(state)], inputs);
                fixed (float* dy = gradient, q = dq, k = dk, v = dv)
                {
                    var gradients = new AttentionGradients { Output = dy, Queries = q, Keys = k, Values = v };
                    AttentionOperation.Backward(ComputePool.Shared, scratch, _rule, [Span(state)], inputs, gradients);
                }
            });
            return (dq, dk, dv);
        }

        private AttentionSpan Span(KeyValueState state) => new(state, 0, _rows, RowVisibility.Causal);

        private void Call(Operation operation)
        {
            using var state = new KeyValueState(1, _size, options: KeyValueOptions.Full);
            using var scratch = new AttentionScratch();
            int[] positions = [.. Enumerable.Range(0, _rows)];
            fixed (float* q = _q, k = _k, v = _v, y = Output)
            fixed (int* p = positions)
            {
                operation(state, scratch, new AttentionInputs { Heads = 1, Rows = _rows, Queries = q, Keys = k, Values = v, Output = y, Positions = p });
            }
        }
    }
}
