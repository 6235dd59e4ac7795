using System.Reflection;
using Tessera.Models.Adapters;
using Tessera.Models.Architectures;
using Tessera.Models.Attention;
using Tessera.Models.Heads;
using Tessera.Models.Modules;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Models.Tests.Scan;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Tests.Passes;

/// <summary>Every operation that a tape records, with its definition. Three rows of a few floats: what float32 rounds stays below 1e-6 of the largest entry.</summary>
internal static class TwinCases
{
    private const int N = 3; // rows
    private const string Query = "model.layers.0.self_attn.q_proj.weight";

    /// <summary>The cases, by name.</summary>
    public static IReadOnlyDictionary<string, TwinCase> All { get; } = List().ToDictionary(c => c.Name);

    private static IEnumerable<TwinCase> List() => [.. Sums(), .. Tables(), .. Products(), .. Layers()];

    private static TwinLeaf X(int width, int rows = N) => new(rows, width);

    private static TwinLeaf P(int rows, int width, double centre = 0, long[]? shape = null) => new(rows, width, true, centre, shape);

    private static TwinLeaf Vector(int width, double centre = 0) => P(1, width, centre, [width]);

    private static IEnumerable<TwinCase> Sums() =>
    [
        new("add", ["AddOperation"], [X(7), X(7)], t => t.Pass.Add(t.V(0), t.V(1), 0.3f), d => TwinMath.Map(d[0], i => d[0][i] + 0.3f * d[1][i])),
        new("scale", ["AddOperation"], [X(7)], t => t.Pass.Scale(t.V(0), -1.7f), d => TwinMath.Map(d[0], i => -1.7f * d[0][i])),
        new("select", ["SelectOperation"], [X(5)], t => t.Pass.Select(t.V(0), [2, 0, 2]), d => TwinMath.Rows(d[0], 5, 2, 0, 2)),
        new("rows composed of two values and vectors", ["ComposeOperation"], [X(5), X(5, 2)], t => Composer(t.Pass)(t.V(0), t.V(1), [new float[5]], [2, 0, 3, 5, 3, 4], false),
            d => [.. TwinMath.Rows(d[0], 5, 2, 0), .. TwinMath.Rows(d[1], 5, 0), .. new double[5], .. TwinMath.Rows(d[1], 5, 0, 1)]),
        new("columns", ["ColumnsOperation"], [X(9)], t => t.Pass.Columns(t.V(0), 2, 4), d => TwinMath.Columns(d[0], 9, 2, 4)),
        new("softcap", ["SoftcapOperation"], [X(6)], t => t.Pass.Softcap(t.V(0), 0.8f), d => TwinMath.Map(d[0], i => 0.8f * Math.Tanh(d[0][i] / 0.8f))),
        new("activation", ["ActivationOperation"], [X(8)], t => t.Pass.Activate(t.V(0), ActivationFunction.GeluTanh), d => TwinMath.Map(d[0], i => TwinMath.GeluTanh(d[0][i]))),
        new("gate", ["ActivationOperation"], [X(8), X(8)], t => t.Pass.Gate(t.V(0), t.V(1), ActivationFunction.Silu), d => TwinMath.Map(d[0], i => TwinMath.Silu(d[0][i]) * d[1][i])),
        new("root mean square norm of parts", ["NormOperation"], [X(12), Vector(4, 1)],
            t => t.Pass.Norm(t.V(0), new NormWeights(NormKind.Rms, t.P(1), null, 1e-5f, 0.5f)), d => TwinMath.RmsNorm(d[0], d[1], 1e-5f, 0.5)),
        new("layer norm", ["NormOperation"], [X(12), Vector(12, 1), Vector(12)],
            t => t.Pass.Norm(t.V(0), new NormWeights(NormKind.Layer, t.P(1), t.P(2), 1e-5f, 0)), d => TwinMath.LayerNorm(d[0], d[1], d[2], 1e-5f)),
    ];

    // What carries out schedules composes rows; the operation is not for everybody.
    private delegate Value Compose(Value a, Value b, IReadOnlyList<float[]> vectors, ReadOnlySpan<int> sources, bool inPlace);

    private static Compose Composer(Pass pass) => typeof(Pass).GetMethod("Compose", BindingFlags.Instance | BindingFlags.NonPublic)!.CreateDelegate<Compose>(pass);

    private static IEnumerable<TwinCase> Tables() =>
    [
        new("embedding of ids, a mixture and a vector", ["TableOperation", "MixtureOperation"], [P(61, 24)], t => t.Pass.Embed(t.P(0), 1.5f), d =>
        [
            .. TwinMath.Rows(d[0], 24, 5).Select(v => 1.5 * v),
            .. Enumerable.Range(0, 24).Select(i => 1.5 * (0.3f * d[0][5 * 24 + i] - 0.6f * d[0][60 * 24 + i] + 0.2f * d[0][5 * 24 + i])),
            .. Enumerable.Range(0, 24).Select(i => 1.5 * i),
        ])
        {
            Rows = (rows, _) =>
            {
                rows.Add(ToyModels.Language(ToyModels.Llama()).NewSequence(SequenceOptions.Exact), [5, 1, 1]);
                rows.SetMixture(1, [5, 60, 5], [0.3f, -0.6f, 0.2f]);
                rows.SetVector(2, Enumerable.Range(0, 24).Select(i => (float)i).ToArray());
            },
        },
        new("added rows of a table", ["TableOperation"], [X(6), P(4, 6)], t => t.Pass.AddRows(t.V(0), t.P(1), [3, 0, 3]), d => TwinMath.Map(d[0], i => d[0][i] + TwinMath.Rows(d[1], 6, 3, 0, 3)[i])),
        new("a computed parameter", ["AssignOperation", "NormOperation"], [X(5), new TwinLeaf(1, 5, Centre: 1)], t =>
        {
            var gain = new Parameter("gain", Tensors.Tensor.Create(Tensors.TensorFormat.F32, 5));
            t.Pass.Assign(gain, t.Pass.Scale(t.V(1), 2));
            return t.Pass.Norm(t.V(0), new NormWeights(NormKind.Rms, gain, null, 1e-5f, 0));
        }, d => TwinMath.RmsNorm(d[0], [.. d[1].Select(v => 2 * v)], 1e-5f, 0)),
    ];

    private static IEnumerable<TwinCase> Products() =>
    [
        new("linear", ["LinearOperation"], [X(10), P(7, 10), Vector(7)], t => t.Pass.Linear(t.V(0), new LinearMap(t.P(1), t.P(2))), d => TwinMath.Linear(d[0], d[1], d[2], N, 10, 7)),
        new("two linear maps of one input", ["LinearOperation", "ActivationOperation"], [X(10), P(7, 10), P(7, 10)], t =>
        {
            var results = new Value[2];
            t.Pass.Linear(t.V(0), [new LinearMap(t.P(1)), new LinearMap(t.P(2))], results);
            return t.Pass.Gate(results[0], results[1], ActivationFunction.Silu);
        }, d =>
        {
            var (g, u) = (TwinMath.Linear(d[0], d[1], null, N, 10, 7), TwinMath.Linear(d[0], d[2], null, N, 10, 7));
            return TwinMath.Map(g, i => TwinMath.Silu(g[i]) * u[i]);
        }),
        new("linear with a computed weight", ["ComputedLinearOperation"], [X(10), X(10, 7), X(7, 1)],
            t => t.Pass.Linear(t.V(0), t.V(1), t.V(2)), d => TwinMath.Linear(d[0], d[1], d[2], N, 10, 7)),
        new("an adapter of two rows out of three", ["AdapterOperation", "LinearOperation"], [X(24), P(48, 24) with { Name = Query }, P(2, 24), P(48, 2)],
            t => t.Pass.Linear(t.V(0), new LinearMap(t.P(1))), d =>
            {
                var added = TwinMath.Linear(TwinMath.Linear(d[0], d[2], null, N, 24, 2), d[3], null, N, 2, 48);
                var y = TwinMath.Linear(d[0], d[1], null, N, 24, 48);
                return TwinMath.Map(y, i => y[i] + (i < 48 ? 0 : 1.5f * added[i]));
            })
        {
            Rows = (rows, p) =>
            {
                var model = ToyModels.Language(ToyModels.Llama());
                var adapter = new Adapter("twin", new Dictionary<string, LowRankMap> { [Query] = new(p[2]!, p[3]!, 1.5f) });
                rows.Add(model.NewSequence(SequenceOptions.Exact), [1]);
                rows.Add(model.NewSequence(SequenceOptions.Exact with { Adapter = adapter }), [1, 2]);
            },
        },
        new("cross entropy", ["CrossEntropyOperation"], [X(10), P(13, 10), Vector(13)], t =>
            t.Pass.CrossEntropy(t.V(0), new LanguageHead(new LinearMap(t.P(1), t.P(2)), 0.7f, 1.5f), new[] { 12, 0, 5 }, new[] { 0.5f, 0f, 1.25f }), d =>
            TwinMath.CrossEntropy([.. TwinMath.Linear(d[0], d[1], d[2], N, 10, 13).Select(z => 1.5 * Math.Tanh(0.7f * z / 1.5))], [12, 0, 5], [0.5f, 0f, 1.25f])),
    ];

    private static IEnumerable<TwinCase> Layers() => [Attention(), RelativeAttention(), CrossAttention(), Scan()];

    private static TwinCase Attention()
    {
        var rotary = new RotaryTable(new RotarySettings { Theta = 10_000, RotatedSize = 12 });
        return new("attention", ["RotateOperation", "AttendOperation", "LinearOperation", "NormOperation"],
            [X(24), P(48, 24), P(24, 24), P(24, 24), P(24, 48), Vector(12, 1), Vector(12, 1)],
            t => t.Pass.Attention(t.V(0), new AttentionWeights(new(t.P(1)), new(t.P(2)), new(t.P(3)), new(t.P(4)), Norm(t.P(5)), Norm(t.P(6)), rotary, new SoftmaxRule(0.3f), null, 4, 2, 12), 0),
            d =>
            {
                int[] positions = [0, 1, 2];
                var q = TwinMath.Rotate(TwinMath.RmsNorm(TwinMath.Linear(d[0], d[1], null, N, 24, 48), d[5], 1e-5f, 0), N, 4, 12, 12, 10_000, positions);
                var k = TwinMath.Rotate(TwinMath.RmsNorm(TwinMath.Linear(d[0], d[2], null, N, 24, 24), d[6], 1e-5f, 0), N, 2, 12, 12, 10_000, positions);
                var v = TwinMath.Linear(d[0], d[3], null, N, 24, 24);
                return TwinMath.Linear(TwinMath.Attend(q, k, v, N, N, 4, 2, 12, 0.3f, (r, j) => j <= r), d[4], null, N, 48, 24);
            }) { Rows = (rows, _) => rows.Add(ToyModels.Language(ToyModels.Llama()).NewSequence(SequenceOptions.Exact), [1, 2, 3]) };

        static NormWeights Norm(Parameter gain) => new(NormKind.Rms, gain, null, 1e-5f, 0);
    }

    private static TwinCase RelativeAttention() => new("attention with learnt biases", ["AttendOperation"],
        [X(24), P(18, 24), P(18, 24), P(18, 24), P(24, 18), P(8, 3)],
        t => t.Pass.Attention(t.V(0), new AttentionWeights(
            new(t.P(1)), new(t.P(2)), new(t.P(3)), new(t.P(4)), null, null, null, new RelativeBiasRule(t.P(5).Tensor, bidirectional: true, 20, 0.4f), t.P(5), 3, 3, 6), 0),
        d =>
        {
            double[] Of(int map) => TwinMath.Linear(d[0], d[map], null, N, 24, 18);
            double Bias(int head, int row, int key) => d[5][Positions.RelativeBucket(key - row, true, 8, 20) * 3 + head];
            return TwinMath.Linear(TwinMath.Attend(Of(1), Of(2), Of(3), N, N, 3, 3, 6, 0.4f, (_, _) => true, Bias), d[4], null, N, 18, 24);
        }) { Rows = (rows, _) => rows.Add(ToyModels.EncoderDecoder(ToyModels.T5Encoder(), ToyModels.T5Decoder()).NewSourceSequence(), [1, 2, 3]) };

    private static TwinCase CrossAttention()
    {
        var model = ToyModels.EncoderDecoder(ToyModels.T5Encoder(), ToyModels.T5Decoder());
        var weights = ((TransformerBlock)model.Decoder.Blocks[0]).CrossAttention!.Attention;
        TwinLeaf Of(LinearMap map) => P(map.Outputs, map.Inputs) with { Existing = map.Weight };
        return new("cross attention", ["CrossAttendOperation", "SelectOperation", "LinearOperation"],
            [X(24, 4), X(24), Of(weights.Query), Of(weights.Key), Of(weights.Value), Of(weights.Out)],
            t =>
            {
                var source = model.Remember(t.Pass, t.V(0), 0, 4, SequenceOptions.Exact);
                var rows = new RowBatch();
                rows.Add(model.NewSequence(source, SequenceOptions.Exact), [1, 2]);
                rows.Add(model.NewSequence(source, SequenceOptions.Exact), [3]); // two sequences read one memory
                t.Pass.Continue();
                t.Pass.Begin(rows);
                return t.Pass.CrossAttention(t.V(1), weights, 0);
            },
            d =>
            {
                var (q, k, v) = (TwinMath.Linear(d[1], d[2], null, N, 24, 18), TwinMath.Linear(d[0], d[3], null, 4, 24, 18), TwinMath.Linear(d[0], d[4], null, 4, 24, 18));
                return TwinMath.Linear(TwinMath.Attend(q, k, v, N, 4, 3, 3, 6, 1, (_, _) => true), d[5], null, N, 18, 24);
            });
    }

    private static TwinCase Scan()
    {
        var config = ToyModels.Mamba();
        return new("selective scan", ["ConvolutionOperation", "ScanOperation", "ColumnsOperation", "LinearOperation"],
            [X(24), P(96, 24), P(48, 4, shape: [48, 1, 4]), Vector(48), P(13, 48), P(48, 3), Vector(48), P(48, 5), Vector(48), P(24, 48)],
            t => t.Pass.SelectiveScan(t.V(0), new MambaWeights(config.Mamba!, new(t.P(1)), t.P(2), t.P(3), new(t.P(4)), new(t.P(5), t.P(6)), t.P(7), t.P(8), new(t.P(9))), 0),
            d =>
            {
                var inputs = TwinMath.Linear(d[0], d[1], null, N, 24, 96);
                var x = MambaTwin.Convolve(TwinMath.Columns(inputs, 96, 0, 48), d[2], d[3], N, 48, 4);
                var selected = TwinMath.Linear(x, d[4], null, N, 48, 13);
                var steps = TwinMath.Linear(TwinMath.Columns(selected, 13, 0, 3), d[5], d[6], N, 3, 48);
                var y = MambaTwin.Scan([x, steps, TwinMath.Columns(selected, 13, 3, 5), TwinMath.Columns(selected, 13, 8, 5), TwinMath.Columns(inputs, 96, 48, 48), d[7], d[8]], N, 48, 5);
                return TwinMath.Linear(y, d[9], null, N, 48, 24);
            }) { Rows = (rows, _) => rows.Add(ToyModels.Language(config).NewSequence(), [1, 2, 3]) };
    }
}
