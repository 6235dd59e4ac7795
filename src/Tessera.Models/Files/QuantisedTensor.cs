using Tessera.Tensors;

namespace Tessera.Models.Files;

/// <summary>What a quantiser will do with one tensor.</summary>
/// <param name="Name">The name in the file.</param>
/// <param name="Source">How the file has it.</param>
/// <param name="Target">How it will be written.</param>
/// <param name="Reason">Why it is not written in the format that was asked for; null where it is, or where a vector stays F32 as always.</param>
public sealed record QuantisedTensor(string Name, TensorFormat Source, TensorFormat Target, string? Reason);
