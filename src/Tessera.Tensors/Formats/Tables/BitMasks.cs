namespace Tessera.Tensors.Formats.Tables;

/// <summary>Eight bits spread over eight bytes: byte i of row b is 0xFF where bit i of b is set. For sign bits and fifth bits.</summary>
internal static class BitMasks
{
    /// <summary>The 256 rows.</summary>
    public static readonly ulong[] Bytes = Build();

    /// <summary>
    /// The eighth sign that IQ2 and IQ3 do not store: the number of negative values of a group of eight is even, so it is the parity of
    /// the other seven.
    /// </summary>
    public static uint WithParity(uint sevenSigns) => sevenSigns | ((uint)System.Numerics.BitOperations.PopCount(sevenSigns) & 1) << 7;

    private static ulong[] Build()
    {
        var rows = new ulong[256];
        for (var bits = 0; bits < 256; bits++)
            for (var i = 0; i < 8; i++)
                if ((bits >> i & 1) != 0) rows[bits] |= 0xFFul << (8 * i);
        return rows;
    }
}
