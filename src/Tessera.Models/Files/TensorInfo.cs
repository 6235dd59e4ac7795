using Tessera.Tensors;

namespace Tessera.Models.Files;

/// <summary>What a file says about one of its tensors; checked against the file when it was opened.</summary>
/// <param name="Name">The name in the file.</param>
/// <param name="Format">How the numbers are written.</param>
/// <param name="Shape">The dimensions, slowest first: a matrix is [out, in]; empty for a scalar.</param>
/// <param name="Offset">Where the data starts, in bytes from the start of its file.</param>
/// <param name="ByteLength">The size of the data in bytes.</param>
public sealed record TensorInfo(string Name, TensorFormat Format, ReadOnlyMemory<long> Shape, long Offset, long ByteLength);
