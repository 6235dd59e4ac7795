using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Tokenizers.Bpe;

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
