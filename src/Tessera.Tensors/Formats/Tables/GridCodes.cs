namespace Tessera.Tensors.Formats.Tables;

/// <summary>Widens codebook rows from small codes to one byte a value, lowest value in the lowest byte, so that a row is one load.</summary>
internal static class GridCodes
{
    /// <summary>Rows of eight values, two bits each.</summary>
    public static ulong[] Widen(ReadOnlySpan<ushort> codes, ReadOnlySpan<byte> values)
    {
        var rows = new ulong[codes.Length];
        for (var row = 0; row < rows.Length; row++)
            for (var i = 0; i < 8; i++) rows[row] |= (ulong)values[(codes[row] >> (2 * i)) & 3] << (8 * i);
        return rows;
    }

    /// <summary>Rows of four values, three bits each.</summary>
    public static uint[] WidenFours(ReadOnlySpan<ushort> codes, ReadOnlySpan<byte> values)
    {
        var rows = new uint[codes.Length];
        for (var row = 0; row < rows.Length; row++)
            for (var i = 0; i < 4; i++) rows[row] |= (uint)values[(codes[row] >> (3 * i)) & 7] << (8 * i);
        return rows;
    }
}
