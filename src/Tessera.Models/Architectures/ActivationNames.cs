using Tessera.Models.Files;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Architectures;

/// <summary>The names of activations in configurations.</summary>
internal static class ActivationNames
{
    public static ActivationFunction Of(ConfigReader config, string name) => name switch
    {
        "silu" or "swish" => ActivationFunction.Silu,
        "gelu" => ActivationFunction.GeluErf,
        "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" => ActivationFunction.GeluTanh,
        "quick_gelu" => ActivationFunction.QuickGelu,
        "relu" => ActivationFunction.Relu,
        "relu2" => ActivationFunction.ReluSquared,
        "tanh" => ActivationFunction.Tanh,
        "sigmoid" => ActivationFunction.Sigmoid,
        _ => throw new UnsupportedFeatureException(config.File, $"activation \"{name}\""),
    };
}
