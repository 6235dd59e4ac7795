using System.Reflection;
using Tessera.Models.Passes;
using Tessera.Tensors;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Tests.Passes;

/// <summary>The forward and the backward of every operation against its definition in double: 1e-6 of the largest entry of each array.</summary>
public sealed class OperationTwinTests
{
    private const double Tolerance = 1e-6;

    public static TheoryData<string> Names => [.. TwinCases.All.Keys];

    [Fact]
    public void EveryOperationOfATapeHasATwin()
    {
        var operations = typeof(Pass).GetNestedTypes(BindingFlags.NonPublic).Where(t => t.IsSubclassOf(typeof(Operation))).Select(t => t.Name);
        operations.Except(TwinCases.All.Values.SelectMany(c => c.Operations)).ShouldBeEmpty("add a case to TwinCases");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public unsafe void TheOperationIsItsTwin(string name)
    {
        var c = TwinCases.All[name];
        var random = new Random(7);
        var numbers = c.Leaves.Select(l => Enumerable.Range(0, l.Rows * l.Width).Select(_ => (float)(l.Centre + random.NextDouble() * 1.2 - 0.6)).ToArray()).ToArray();
        var parameters = c.Leaves.Select((l, i) => l.IsParameter ? Parameter(l, numbers[i]) : null).ToArray();
        using var tape = new Tape();
        using var pass = new Pass(new PassOptions { Tape = tape });
        var rows = new RowBatch();
        c.Rows?.Invoke(rows, parameters);
        pass.Begin(rows);
        var buffers = numbers.Select(n => new NativeBuffer(n.Length * sizeof(float))).ToArray();
        var values = c.Leaves.Select((l, i) =>
        {
            numbers[i].CopyTo(new Span<float>(buffers[i].Pointer, numbers[i].Length));
            return new Value((float*)buffers[i].Pointer, l.Rows, l.Width, l.IsParameter ? -1 : tape.NewNode());
        }).ToArray();

        var y = c.Forward(new TwinRun(pass, values, parameters));
        var doubles = numbers.Select(n => Array.ConvertAll(n, v => (double)v)).ToArray();
        ShouldBeClose("output", y.Span, c.Twin(doubles));
        var upstream = Enumerable.Range(0, (int)y.Count).Select(_ => (float)(random.NextDouble() * 2 - 1)).ToArray();
        tape.Backward(y, upstream);
        for (var leaf = 0; leaf < numbers.Length; leaf++)
        {
            var actual = (parameters[leaf] is { } parameter ? parameter.Gradient : tape.GradientOf(values[leaf])).ToArray();
            actual.Length.ShouldBe(numbers[leaf].Length, $"gradient {leaf}");
            int[] picked = [.. Enumerable.Range(0, actual.Length).Where(i => i % Math.Max(1, actual.Length / 97) == 0)];
            ShouldBeClose($"gradient {leaf}", [.. picked.Select(i => actual[i])], [.. picked.Select(i => Slope(c, doubles, leaf, i, upstream))], actual.Max(Math.Abs));
        }

        foreach (var buffer in buffers) buffer.Dispose();
    }

    // d(Σ upstream·y)/dx by differences of the fourth order: exact to about 1e-11.
    private static double Slope(TwinCase c, double[][] numbers, int leaf, int index, float[] upstream)
    {
        const double Step = 1e-3;
        var kept = numbers[leaf][index];
        double At(double shift)
        {
            numbers[leaf][index] = kept + shift;
            return c.Twin(numbers).Zip(upstream, (a, b) => a * b).Sum();
        }

        var slope = (8 * (At(Step) - At(-Step)) - (At(2 * Step) - At(-2 * Step))) / (12 * Step);
        numbers[leaf][index] = kept;
        return slope;
    }

    private static Parameter Parameter(TwinLeaf leaf, float[] numbers)
    {
        var parameter = leaf.Existing ?? new Parameter(leaf.Name, Tensor.Create(TensorFormat.F32, leaf.Shape ?? [leaf.Rows, leaf.Width]));
        numbers.CopyTo(parameter.Tensor.Values);
        parameter.Changed();
        parameter.Train();
        parameter.Gradient.Clear();
        return parameter;
    }

    private static void ShouldBeClose(string what, ReadOnlySpan<float> actual, double[] expected, double largest = 0)
    {
        actual.Length.ShouldBe(expected.Length, what);
        largest = Math.Max(largest, expected.Max(Math.Abs));
        largest.ShouldBeGreaterThan(0, what);
        for (var i = 0; i < expected.Length; i++)
            (Math.Abs(actual[i] - expected[i]) / largest).ShouldBeLessThanOrEqualTo(Tolerance, $"{what}[{i}]: {actual[i]} instead of {expected[i]}, of {largest}");
    }
}
