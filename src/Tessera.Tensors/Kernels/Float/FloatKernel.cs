using System.Runtime.CompilerServices;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// The float product for one vector width: register tiles of 4 rows × 2 vectors, then single rows. Lanes are columns and the depth
/// ascends, so every width and every row count gives the same bits. <see cref="FloatKernel512"/> has the larger tile of AVX-512.
/// </summary>
internal static unsafe class FloatKernel<TLanes, TVector, TFormat>
    where TLanes : struct, IFloatLanes<TVector>
    where TVector : struct
    where TFormat : struct, IFloatFormat
{
    /// <summary>Computes <paramref name="rows"/> rows of a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(FloatBlock* block, int rows)
    {
        for (var column = 0; column < 2 * PanelLayout.Width; column += 2 * TLanes.Count)
        {
            var next = column + TLanes.Count;
            var b0 = (column < PanelLayout.Width ? block->B0 : block->B1) + column % PanelLayout.Width * TFormat.Bytes;
            var b1 = (next < PanelLayout.Width ? block->B0 : block->B1) + next % PanelLayout.Width * TFormat.Bytes;
            var row = 0;
            for (; row + 4 <= rows; row += 4) Four(block, row, column, b0, b1);
            for (; row < rows; row++) One(block, row, column, b0, b1);
        }
    }

    /// <summary>One row, 2 vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void One(FloatBlock* block, int row, int column, byte* b0, byte* b1)
    {
        var c = block->C + row * block->CRow + column;
        var c0 = block->Accumulate ? TLanes.Load(c) : TLanes.Zero;
        var c1 = block->Accumulate ? TLanes.Load(c + TLanes.Count) : TLanes.Zero;
        var a = block->A + row * block->ARow;
        var (stepA, stepB) = (block->ADepth, block->BDepth * TFormat.Bytes);
        for (var d = block->Depth; d > 0; d--, a += stepA, b0 += stepB, b1 += stepB)
        {
            var x = TLanes.Broadcast(a);
            c0 = TLanes.MultiplyAdd(x, TFormat.Load<TLanes, TVector>(b0), c0);
            c1 = TLanes.MultiplyAdd(x, TFormat.Load<TLanes, TVector>(b1), c1);
        }

        TLanes.Store(c0, c);
        TLanes.Store(c1, c + TLanes.Count);
    }

    /// <summary>Four rows, 2 vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Four(FloatBlock* block, int row, int column, byte* b0, byte* b1)
    {
        var stepC = block->CRow;
        var c = block->C + row * stepC + column;
        var d0 = c + TLanes.Count;
        TVector c00, c01, c10, c11, c20, c21, c30, c31;
        c00 = c01 = c10 = c11 = c20 = c21 = c30 = c31 = TLanes.Zero;
        if (block->Accumulate)
        {
            (c00, c01) = (TLanes.Load(c), TLanes.Load(d0));
            (c10, c11) = (TLanes.Load(c + stepC), TLanes.Load(d0 + stepC));
            (c20, c21) = (TLanes.Load(c + 2 * stepC), TLanes.Load(d0 + 2 * stepC));
            (c30, c31) = (TLanes.Load(c + 3 * stepC), TLanes.Load(d0 + 3 * stepC));
        }

        var stepRow = block->ARow;
        var a0 = block->A + row * stepRow;
        var a2 = a0 + 2 * stepRow;
        var (stepA, stepB) = (block->ADepth, block->BDepth * TFormat.Bytes);
        for (var d = block->Depth; d > 0; d--, a0 += stepA, a2 += stepA, b0 += stepB, b1 += stepB)
        {
            var (w0, w1) = (TFormat.Load<TLanes, TVector>(b0), TFormat.Load<TLanes, TVector>(b1));
            var x = TLanes.Broadcast(a0);
            c00 = TLanes.MultiplyAdd(x, w0, c00);
            c01 = TLanes.MultiplyAdd(x, w1, c01);
            x = TLanes.Broadcast(a0 + stepRow);
            c10 = TLanes.MultiplyAdd(x, w0, c10);
            c11 = TLanes.MultiplyAdd(x, w1, c11);
            x = TLanes.Broadcast(a2);
            c20 = TLanes.MultiplyAdd(x, w0, c20);
            c21 = TLanes.MultiplyAdd(x, w1, c21);
            x = TLanes.Broadcast(a2 + stepRow);
            c30 = TLanes.MultiplyAdd(x, w0, c30);
            c31 = TLanes.MultiplyAdd(x, w1, c31);
        }

        TLanes.Store(c00, c);
        TLanes.Store(c01, d0);
        TLanes.Store(c10, c + stepC);
        TLanes.Store(c11, d0 + stepC);
        TLanes.Store(c20, c + 2 * stepC);
        TLanes.Store(c21, d0 + 2 * stepC);
        TLanes.Store(c30, c + 3 * stepC);
        TLanes.Store(c31, d0 + 3 * stepC);
    }
}
