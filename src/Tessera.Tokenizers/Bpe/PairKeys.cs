using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tessera.Tokenizers.Bpe;

/// <summary>The keys of the pairs of a short piece; the loop over merges is compiled for each way of keeping them.</summary>
internal interface IPairKeys
{
    /// <summary>The least key.</summary>
    uint Least { get; }

    /// <summary>Sets the key of a pair.</summary>
    void Set(int at, uint key);
}

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

/// <summary>Up to 16 keys in two registers.</summary>
/// <param name="keys">The keys, as many as the registers hold.</param>
internal struct TwoRegisterKeys(ref uint keys) : IPairKeys
{
    public const int Most = 16;

    private Vector256<uint> _low = Vector256.LoadUnsafe(ref keys), _high = Vector256.LoadUnsafe(ref keys, 8);

    public readonly uint Least
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => RegisterKeys.LeastOf(Vector256.Min(_low, _high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set(int at, uint key)
    {
        _low = RegisterKeys.Replace(_low, at, key);
        _high = RegisterKeys.Replace(_high, at - 8, key);
    }
}

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
