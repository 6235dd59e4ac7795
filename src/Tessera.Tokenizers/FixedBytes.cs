namespace Tessera.Tokenizers;

/// <summary>Bytes in memory that does not move, such as part of a mapped file. Who reads through the pointer keeps this object alive until it is done.</summary>
/// <param name="first">The first byte.</param>
/// <param name="count">How many there are.</param>
/// <param name="owner">What the memory goes away with.</param>
internal sealed unsafe class FixedBytes(byte* first, int count, object owner)
{
    /// <summary>The first byte.</summary>
    public byte* First => first;

    /// <summary>How many there are.</summary>
    public int Count => count;

    /// <summary>What the memory goes away with.</summary>
    public object Owner => owner;
}
