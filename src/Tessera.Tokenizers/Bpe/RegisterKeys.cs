using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Tokenizers.Bpe;

/// <summary>Up to 8 keys in one register: what was just written would, in memory, be waited for when the vector is read.</summary>
/// <param name="keys">The keys, as many as the register holds.</param>
internal struct RegisterKeys(ref uint keys) : IPairKeys
{
    public const int Most = 8;

    private Vector256<uint> _keys = Vector256.LoadUnsafe(ref keys);

    public readonly uint Least
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => LeastOf(_keys);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set(int at, uint key) => _keys = Replace(_keys, at, key);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<uint> Replace(Vector256<uint> keys, int at, uint key) =>
        Vector256.ConditionalSelect(Vector256.Equals(Vector256<uint>.Indices, Vector256.Create((uint)at)), Vector256.Create(key), keys);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint LeastOf(Vector256<uint> keys)
    {
        var half = Vector128.Min(keys.GetLower(), keys.GetUpper());
        half = Vector128.Min(half, Vector128.Shuffle(half, Vector128.Create(2u, 3u, 0u, 1u)));
        half = Vector128.Min(half, Vector128.Shuffle(half, Vector128.Create(1u, 0u, 3u, 2u)));
        return half.ToScalar();
    }
}
