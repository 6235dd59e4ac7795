using Tessera.Tensors;

namespace Tessera.Models.Modules;

/// <summary>Gives the tensor of a weight: from a file, or made up.</summary>
/// <param name="name">The canonical name.</param>
/// <param name="shape">The shape that the architecture asks for; checked by whoever binds the tensor. Empty where any will do.</param>
/// <returns>The tensor, or null where the source has none of that name.</returns>
public delegate Tensor? TensorSource(string name, ReadOnlySpan<long> shape);
