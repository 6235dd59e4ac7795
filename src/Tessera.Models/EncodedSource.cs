using Tessera.Models.State;

namespace Tessera.Models;

/// <summary>
/// What an encoder made of one source text: for each layer of the decoder the keys and values that its cross attention reads. Any number
/// of decoder sequences can read it; dispose it when they are done.
/// </summary>
public sealed class EncodedSource : IDisposable
{
    private readonly CrossMemory[] _memories;

    internal EncodedSource(CrossMemory[] memories, int length)
    {
        _memories = memories;
        Length = length;
    }

    /// <summary>Tokens of the source.</summary>
    public int Length { get; }

    /// <summary>The memories, one for each layer of the decoder.</summary>
    public IReadOnlyList<CrossMemory> Memories => _memories;

    /// <summary>Frees the memories.</summary>
    public void Dispose()
    {
        foreach (var memory in _memories) memory.Dispose();
    }
}
