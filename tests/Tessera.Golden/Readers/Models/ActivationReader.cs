using Tessera.Tensors.Kernels;

namespace Tessera.Golden;

/// <summary>Activation functions at single points: values and derivatives. The case's name is the function's name in transformers.</summary>
internal sealed unsafe class ActivationReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && @case.Input.Has("x") && @case.Expected.Has("y") && @case.Expected.Has("dy/dx");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var function = Named(@case.Name) ?? throw new NotCoveredException($"the activation {@case.Name} is not among Tessera's");
        var x = @case.Input["x"].AsFloats();
        var (values, slopes, ones) = (new float[x.Length], new float[x.Length], new float[x.Length]);
        ones.AsSpan().Fill(1f);
        fixed (float* source = x, y = values, dy = ones, dx = slopes)
        {
            Activation.Forward(function, source, x.Length, y);
            Activation.Backward(function, source, dy, x.Length, dx);
        }

        // "2e-7 absolute or 4e-7 relative"
        check.Tensor(@case.Expected["y"], values, new Tolerance(@case.File.Tolerance("y"), 2 * @case.File.Tolerance("y")) { IsMaximum = true });
        check.Tensor(@case.Expected["dy/dx"], slopes, Tolerance.AbsoluteOrRelative(@case.File.Tolerance("dy/dx")));
    }

    private static ActivationFunction? Named(string name) => name switch
    {
        "gelu" => ActivationFunction.GeluErf,
        "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" or "gelu_accurate" => ActivationFunction.GeluTanh,
        "gelu_10" => ActivationFunction.GeluClipped,
        "quick_gelu" => ActivationFunction.QuickGelu,
        "silu" or "swish" => ActivationFunction.Silu,
        "relu" => ActivationFunction.Relu,
        "relu2" => ActivationFunction.ReluSquared,
        "leaky_relu" => ActivationFunction.LeakyRelu,
        "tanh" => ActivationFunction.Tanh,
        "sigmoid" => ActivationFunction.Sigmoid,
        "softplus" => ActivationFunction.Softplus,
        "mish" => ActivationFunction.Mish,
        "linear" or "identity" => ActivationFunction.Identity,
        _ => null,
    };
}
