using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tessera.Tokenizers.Text.Normalizers;

/// <summary>What a normalizer makes of ASCII, byte for byte: capitals small, white space to blanks, controls dropped.</summary>
internal sealed class AsciiMap
{
    private const byte Dropped = 0xFF; // no ASCII byte
    private const int Few = 256; // bytes; so little is not worth vectors, which take a process some time to get ready

    private readonly bool _cleans;
    private readonly bool _lowers;
    private readonly byte[] _table = new byte[128];

    /// <summary>Creates the map.</summary>
    /// <param name="cleans">Whether tab and line ends become blanks and all other controls go.</param>
    /// <param name="lowers">Whether capitals become small.</param>
    public AsciiMap(bool cleans, bool lowers)
    {
        (_cleans, _lowers) = (cleans, lowers);
        for (var b = 0; b < 128; b++)
            _table[b] = cleans && b is '\t' or '\n' or '\r' ? (byte)' ' : cleans && IsDropped(b) ? Dropped : (byte)(lowers ? LowercaseNormalizer.Lower(b) : b);
    }

    /// <summary>Maps bytes up to the first that is dropped or no ASCII.</summary>
    /// <param name="text">The text.</param>
    /// <param name="into">Takes the mapped bytes; at least as long.</param>
    /// <returns>How many were mapped.</returns>
    public int Map(ReadOnlySpan<byte> text, Span<byte> into)
    {
        into = into[..text.Length];
        var i = 0;
        if (text.Length >= Few) i = MapBlocks(text, into);
        for (; i < text.Length && text[i] < 0x80; i++)
        {
            var mapped = _table[text[i]];
            if (mapped == Dropped) break;
            into[i] = mapped;
        }

        return i;
    }

    private int MapBlocks(ReadOnlySpan<byte> text, Span<byte> into)
    {
        ref var source = ref MemoryMarshal.GetReference(text);
        ref var target = ref MemoryMarshal.GetReference(into);
        var i = 0;
        for (; i + Vector128<byte>.Count <= text.Length; i += Vector128<byte>.Count)
        {
            var block = Vector128.LoadUnsafe(ref source, (nuint)i);
            var odd = block & Vector128.Create((byte)0x80);
            if (_cleans)
            {
                var blanks = Vector128.Equals(block, Vector128.Create((byte)'\n')) | Vector128.Equals(block, Vector128.Create((byte)'\r')) | Vector128.Equals(block, Vector128.Create((byte)'\t'));
                odd |= Vector128.AndNot(Vector128.LessThan(block, Vector128.Create((byte)' ')) | Vector128.Equals(block, Vector128.Create((byte)0x7F)), blanks);
                block = Vector128.ConditionalSelect(blanks, Vector128.Create((byte)' '), block);
            }

            if (odd != Vector128<byte>.Zero) break;
            if (_lowers) block |= Vector128.LessThan(block - Vector128.Create((byte)'A'), Vector128.Create((byte)26)) & Vector128.Create((byte)0x20);
            block.StoreUnsafe(ref target, (nuint)i);
        }

        return i;
    }

    private static bool IsDropped(int b) => b is not ('\t' or '\n' or '\r') && (b < 0x20 || b == 0x7F);
}
