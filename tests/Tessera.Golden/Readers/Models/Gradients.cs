using Tessera.Models;

namespace Tessera.Golden;

/// <summary>Gradients of a model's parameters against a file of gradients under the names of the model's file.</summary>
internal static class Gradients
{
    /// <summary>Gives every parameter a gradient of zeros.</summary>
    public static void Prepare(Model model)
    {
        foreach (var parameter in model.Parameters.Values)
        {
            parameter.Train();
            parameter.Gradient.Clear();
        }
    }

    /// <summary>Compares each tensor of the file, the global norm, and the list of parameters without gradient.</summary>
    public static void Compare(GoldenCheck check, Model model, GoldenValue expected, Tolerance tolerance)
    {
        var squares = Compare(check, model, "expected.file", expected["file"].AsTensorFile(), tolerance);

        // The norm is as near as the gradients that it is made of.
        check.Close(expected["global_norm"], Math.Sqrt(squares), new Tolerance(tolerance.Absolute, Relative: tolerance.RelativeToLargest));
        if (expected.Find("all_zero") is { } allZero)
        {
            var own = model.Parameters.Where(static p => p.Value.Gradient.IndexOfAnyExcept(0f) < 0).Select(static p => p.Key).Order(StringComparer.Ordinal);
            check.That(allZero.AsStrings().Order(StringComparer.Ordinal).SequenceEqual(own), allZero.Path, allZero.Element.GetRawText(), string.Join(", ", own));
        }
    }

    /// <summary>Compares each tensor of a file.</summary>
    /// <returns>The sum of the squares of the model's gradients.</returns>
    public static double Compare(GoldenCheck check, Model model, string path, GoldenTensors wanted, Tolerance tolerance)
    {
        var squares = 0.0;
        foreach (var name in wanted.Names)
        {
            var tensor = wanted[name];
            if (!model.Parameters.TryGetValue(name, out var parameter))
            {
                check.Fail($"{path}:{name}", "a parameter of this name", $"none among {model.Parameters.Count}");
                continue;
            }

            foreach (var value in parameter.Gradient) squares += (double)value * value;
            check.Tensor($"{path}:{name}", tensor, InShapeOf(tensor, parameter.Tensor.Shape.Span, parameter.Gradient), tolerance);
        }

        foreach (var extra in model.Parameters.Keys.Where(name => wanted.Find(name) is null))
            check.Fail($"{path}:{extra}", "a tensor of this name", "the file has none");
        return squares;
    }

    /// <summary>Values in the file's orientation: GPT-2's Conv1D matrices are [in, out] there and [out, in] in the engine.</summary>
    public static ReadOnlySpan<float> InShapeOf(GoldenTensor expected, ReadOnlySpan<long> shape, ReadOnlySpan<float> gradient)
    {
        if (shape.Length != 2 || expected.Shape.Count != 2 || shape[0] == expected.Shape[0] || shape[0] != expected.Shape[1]) return gradient;
        var (rows, columns) = ((int)shape[0], (int)shape[1]);
        var transposed = new float[gradient.Length];
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < columns; c++) transposed[c * rows + r] = gradient[r * columns + c];
        }

        return transposed;
    }
}
