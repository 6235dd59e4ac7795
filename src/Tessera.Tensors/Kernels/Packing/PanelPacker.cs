using System.Runtime.CompilerServices;
using Tessera.Tensors.Formats;
using Tessera.Tensors.Threads;

namespace Tessera.Tensors.Kernels;

/// <summary>Writes the panels of a matrix from its rows, a panel per part of a parallel job. Layout: <see cref="PanelLayout"/>.</summary>
internal readonly unsafe struct PanelPacker(PanelLayout layout, byte* source, long rowBytes, int rows, byte* panels) : IParallelJob
{
    /// <inheritdoc/>
    public void Run(int part, int worker)
    {
        var first = part * PanelLayout.Width;
        var count = Math.Min(PanelLayout.Width, rows - first);
        var from = source + first * rowBytes;
        var panel = panels + part * layout.PanelBytes;
        switch (layout.Kind)
        {
            case PanelKind.Single:
                Interleave((uint*)from, count, (uint*)panel);
                break;
            case PanelKind.Half or PanelKind.BFloat:
                Interleave((ushort*)from, count, (ushort*)panel);
                break;
            case PanelKind.Opaque:
                Buffer.MemoryCopy(from, panel, layout.PanelBytes, count * rowBytes);
                Unsafe.InitBlock(panel + count * rowBytes, 0, (uint)(layout.PanelBytes - count * rowBytes));
                break;
            default:
                Unsafe.InitBlock(panel, 0, checked((uint)layout.PanelBytes)); // missing rows: scale 0, minimum 0
                for (var row = 0; row < count; row++)
                {
                    for (var block = 0; block < layout.Blocks; block++) Write(panel, from + row * rowBytes, row, block);
                }

                break;
        }
    }

    // [count][k] to [k][16], absent rows as zeros.
    private void Interleave<T>(T* from, int count, T* panel) where T : unmanaged
    {
        var columns = layout.Columns;
        for (var k = 0; k < columns; k++)
        {
            for (var row = 0; row < count; row++) panel[k * PanelLayout.Width + row] = from[(long)row * columns + k];
            for (var row = count; row < PanelLayout.Width; row++) panel[k * PanelLayout.Width + row] = default;
        }
    }

    private void Write(byte* panel, byte* rowStart, int row, int block)
    {
        var weights = default(WeightBlock);
        weights.Read(layout.Kind, rowStart, block);
        var codes = (uint*)(panel + (long)block * layout.CodeBytes) + row;
        if (layout.Kind == PanelKind.Bytes)
        {
            for (var s = 0; s < 8; s++) codes[s * PanelLayout.Width] = weights.Codes[s];
        }
        else
        {
            for (var s = 0; s < 4; s++)
                codes[s * PanelLayout.Width] = (weights.Codes[s] & 0x0F0F0F0F) | ((weights.Codes[s + 4] & 0x0F0F0F0F) << 4);
        }

        WriteHigh(panel, weights, row, block);
        WriteScales(panel, weights, row, block);
    }

    private void WriteHigh(byte* panel, in WeightBlock weights, int row, int block)
    {
        var high = (uint*)(panel + layout.HighOffset + (long)block * layout.HighBytes) + row;
        if (layout.HighBytes == 64)
        {
            var word = 0u;
            for (var s = 0; s < 8; s++) word |= ((weights.Codes[s] >> 4) & 0x01010101) << s;
            *high = word;
        }
        else if (layout.HighBytes == 128)
        {
            for (var half = 0; half < 2; half++)
            {
                var word = 0u;
                for (var s = 0; s < 4; s++) word |= ((weights.Codes[4 * half + s] >> 4) & 0x03030303) << (2 * s);
                high[half * PanelLayout.Width] = word;
            }
        }
    }

    private void WriteScales(byte* panel, in WeightBlock weights, int row, int block)
    {
        var scales = panel + layout.ScaleOffset + (long)block * layout.ScaleBytes;
        var minima = panel + layout.MinimumOffset + (long)block * layout.MinimumBytes;
        var super = (ushort*)(panel + layout.SuperOffset + (long)(block >> 3) * layout.SuperBytes) + row;
        switch (layout.Kind)
        {
            case PanelKind.Super4 or PanelKind.Super5:
                scales[row] = (byte)weights.Scale;
                minima[row] = (byte)weights.Minimum;
                (super[0], super[PanelLayout.Width]) = (weights.SuperScale, weights.SuperMinimum);
                break;
            case PanelKind.Super6:
                scales[row] = (byte)weights.Scale;
                scales[row + PanelLayout.Width] = (byte)(weights.Scale >> 8);
                super[0] = weights.SuperScale;
                break;
            default:
                ((ushort*)scales)[row] = weights.Scale;
                if (layout.MinimumBytes != 0) ((ushort*)minima)[row] = weights.Minimum;
                break;
        }
    }
}
