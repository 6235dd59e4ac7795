using Tessera.Tensors;

namespace Tessera.Models.Files;

/// <summary>Tensors by name, whatever container they come from. Closing the source makes its tensors invalid.</summary>
public interface IWeightSource : IDisposable
{
    /// <summary>The path that was opened.</summary>
    string Path { get; }

    /// <summary>What the source holds, in the order of the file.</summary>
    IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>Bytes of all tensors together, as stored.</summary>
    long WeightBytes { get; }

    /// <summary>A view of a tensor's data; nothing is read or copied.</summary>
    /// <param name="name">The name as the file writes it.</param>
    /// <exception cref="MalformedInputException">There is no such tensor.</exception>
    /// <exception cref="ObjectDisposedException">The source was closed.</exception>
    Tensor GetTensor(string name);
}
