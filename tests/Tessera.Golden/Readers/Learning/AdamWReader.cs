using Tessera.Learning.Optimisers;
using Tessera.Tensors;
using Tessera.Tensors.Autodiff;

namespace Tessera.Golden;

/// <summary>Parameters after each step of AdamW with given gradients, in single precision.</summary>
internal sealed class AdamWReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Name.StartsWith("adamw", StringComparison.Ordinal) && !@case.Name.Contains("amsgrad", StringComparison.Ordinal)
        && @case.Has("options") && @case.Value["options"] is var options && options.Has("lr") && options.Has("b") && options.Has("eps") && options.Has("wd") && options.Count == 4
        && @case.Has("expected") && @case.Expected.Has("parameters_per_step");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var options = @case.Value["options"];
        var data = @case.File.Root["data"][@case.Value["data"].AsString()];
        var parameters = data["parameters"].Items.Select(static (p, i) => Parameter(i, p)).ToList();
        foreach (var parameter in parameters) parameter.Train();
        using var optimiser = new AdamW(parameters, new AdamWOptions
        {
            Beta1 = (float)options["b"][0].AsDouble(), Beta2 = (float)options["b"][1].AsDouble(), Epsilon = (float)options["eps"].AsDouble(), WeightDecay = (float)options["wd"].AsDouble(),
        });
        var tolerance = new Tolerance(@case.File.Tolerance("float32 implementation"));
        var rate = options["lr"].AsDouble();
        var gradients = data["gradients"];
        var steps = @case.Expected["parameters_per_step"];
        for (var step = 0; step < steps.Count; step++)
        {
            for (var p = 0; p < parameters.Count; p++) gradients[step][p].AsTensor().ToSingles().CopyTo(parameters[p].Gradient);
            optimiser.Update(rate);
            for (var p = 0; p < parameters.Count; p++) check.Tensor(steps[step][p], parameters[p].Tensor.Values, tolerance);
        }
    }

    // The reference decays everything it is given; AdamW here decays matrices only, so a vector comes in as a matrix of one column.
    private static Parameter Parameter(int index, GoldenValue value)
    {
        var tensor = value.AsTensor();
        var shape = tensor.Shape.Count == 1 ? [tensor.Shape[0], 1] : tensor.Shape.Select(static s => (long)s).ToArray();
        return new Parameter($"p{index}", Tensor.FromValues(tensor.ToSingles(), shape));
    }
}
