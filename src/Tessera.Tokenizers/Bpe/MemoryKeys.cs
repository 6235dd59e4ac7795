using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tessera.Tokenizers.Bpe;

/// <summary>Any number of keys in memory.</summary>
/// <param name="keys">The keys, a multiple of 8.</param>
internal readonly ref struct MemoryKeys(Span<uint> keys) : IPairKeys
{
    private readonly Span<uint> _keys = keys;

    public readonly uint Least
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            ref var first = ref MemoryMarshal.GetReference(_keys);
            var least = Vector256.LoadUnsafe(ref first);
            for (var i = 8; i < _keys.Length; i += 8) least = Vector256.Min(least, Vector256.LoadUnsafe(ref first, (nuint)i));
            return RegisterKeys.LeastOf(least);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set(int at, uint key) => _keys[at] = key;
}
