namespace Tessera.Fuzz;

/// <summary>An input where it lies in memory: the byte behind its last one can't be read.</summary>
internal readonly unsafe struct FuzzInput(byte* pointer, int length)
{
    public byte* Pointer { get; } = pointer;

    public int Length { get; } = length;

    public ReadOnlySpan<byte> Bytes => new(Pointer, Length);
}
