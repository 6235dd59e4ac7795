using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// The float product for 32 registers of 512 bits: tiles of 12 rows × 32 columns (24 sums, 2 of B, 1 of A), the rest as
/// <see cref="FloatKernel{TLanes, TVector, TFormat}"/>. The same bits as every other width. Written out because registers can't be indexed.
/// </summary>
internal static unsafe class FloatKernel512
{
    private const int TileRows = 12;

    /// <summary>Computes <paramref name="rows"/> rows of a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(FloatBlock* block, int rows)
    {
        var row = 0;
        for (; row + TileRows <= rows; row += TileRows) Twelve(block, row);
        for (; row + 4 <= rows; row += 4) FloatKernel<Float512, Vector512<float>, SingleFormat>.Four(block, row, 0, block->B0, block->B1);
        for (; row < rows; row++) FloatKernel<Float512, Vector512<float>, SingleFormat>.One(block, row, 0, block->B0, block->B1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Twelve(FloatBlock* block, int row)
    {
        var c = block->C + row * block->CRow;
        var stepC = block->CRow;
        Vector512<float> c00, c01, c10, c11, c20, c21, c30, c31, c40, c41, c50, c51, c60, c61, c70, c71, c80, c81, c90, c91, cA0, cA1, cB0, cB1;
        c00 = c01 = c10 = c11 = c20 = c21 = c30 = c31 = c40 = c41 = c50 = c51 = Vector512<float>.Zero;
        c60 = c61 = c70 = c71 = c80 = c81 = c90 = c91 = cA0 = cA1 = cB0 = cB1 = Vector512<float>.Zero;
        if (block->Accumulate)
        {
            var from = c;
            c00 = Vector512.Load(from); c01 = Vector512.Load(from + 16); from += stepC;
            c10 = Vector512.Load(from); c11 = Vector512.Load(from + 16); from += stepC;
            c20 = Vector512.Load(from); c21 = Vector512.Load(from + 16); from += stepC;
            c30 = Vector512.Load(from); c31 = Vector512.Load(from + 16); from += stepC;
            c40 = Vector512.Load(from); c41 = Vector512.Load(from + 16); from += stepC;
            c50 = Vector512.Load(from); c51 = Vector512.Load(from + 16); from += stepC;
            c60 = Vector512.Load(from); c61 = Vector512.Load(from + 16); from += stepC;
            c70 = Vector512.Load(from); c71 = Vector512.Load(from + 16); from += stepC;
            c80 = Vector512.Load(from); c81 = Vector512.Load(from + 16); from += stepC;
            c90 = Vector512.Load(from); c91 = Vector512.Load(from + 16); from += stepC;
            cA0 = Vector512.Load(from); cA1 = Vector512.Load(from + 16); from += stepC;
            cB0 = Vector512.Load(from); cB1 = Vector512.Load(from + 16);
        }

        // Byte strides, so that rows r, r + 1, r + 2 and r + 3 are one base with scaled indices: 3 bases and 2 strides fit the registers.
        var s = block->ARow * sizeof(float);
        var s3 = 3 * s;
        var a0 = (byte*)(block->A + row * block->ARow);
        var a4 = a0 + 4 * s;
        var a8 = a4 + 4 * s;
        var stepA = block->ADepth * sizeof(float);
        var b0 = block->B0;
        var b1 = block->B1;
        var stepB = block->BDepth * sizeof(float);
        for (var d = block->Depth; d > 0; d--)
        {
            var w0 = Vector512.Load((float*)b0);
            var w1 = Vector512.Load((float*)b1);
            var x = Vector512.Create(*(float*)a0);
            c00 = Vector512.FusedMultiplyAdd(x, w0, c00); c01 = Vector512.FusedMultiplyAdd(x, w1, c01);
            x = Vector512.Create(*(float*)(a0 + s));
            c10 = Vector512.FusedMultiplyAdd(x, w0, c10); c11 = Vector512.FusedMultiplyAdd(x, w1, c11);
            x = Vector512.Create(*(float*)(a0 + 2 * s));
            c20 = Vector512.FusedMultiplyAdd(x, w0, c20); c21 = Vector512.FusedMultiplyAdd(x, w1, c21);
            x = Vector512.Create(*(float*)(a0 + s3));
            c30 = Vector512.FusedMultiplyAdd(x, w0, c30); c31 = Vector512.FusedMultiplyAdd(x, w1, c31);
            x = Vector512.Create(*(float*)a4);
            c40 = Vector512.FusedMultiplyAdd(x, w0, c40); c41 = Vector512.FusedMultiplyAdd(x, w1, c41);
            x = Vector512.Create(*(float*)(a4 + s));
            c50 = Vector512.FusedMultiplyAdd(x, w0, c50); c51 = Vector512.FusedMultiplyAdd(x, w1, c51);
            x = Vector512.Create(*(float*)(a4 + 2 * s));
            c60 = Vector512.FusedMultiplyAdd(x, w0, c60); c61 = Vector512.FusedMultiplyAdd(x, w1, c61);
            x = Vector512.Create(*(float*)(a4 + s3));
            c70 = Vector512.FusedMultiplyAdd(x, w0, c70); c71 = Vector512.FusedMultiplyAdd(x, w1, c71);
            x = Vector512.Create(*(float*)a8);
            c80 = Vector512.FusedMultiplyAdd(x, w0, c80); c81 = Vector512.FusedMultiplyAdd(x, w1, c81);
            x = Vector512.Create(*(float*)(a8 + s));
            c90 = Vector512.FusedMultiplyAdd(x, w0, c90); c91 = Vector512.FusedMultiplyAdd(x, w1, c91);
            x = Vector512.Create(*(float*)(a8 + 2 * s));
            cA0 = Vector512.FusedMultiplyAdd(x, w0, cA0); cA1 = Vector512.FusedMultiplyAdd(x, w1, cA1);
            x = Vector512.Create(*(float*)(a8 + s3));
            cB0 = Vector512.FusedMultiplyAdd(x, w0, cB0); cB1 = Vector512.FusedMultiplyAdd(x, w1, cB1);
            a0 += stepA;
            a4 += stepA;
            a8 += stepA;
            b0 += stepB;
            b1 += stepB;
        }

        c00.Store(c); c01.Store(c + 16); c += stepC;
        c10.Store(c); c11.Store(c + 16); c += stepC;
        c20.Store(c); c21.Store(c + 16); c += stepC;
        c30.Store(c); c31.Store(c + 16); c += stepC;
        c40.Store(c); c41.Store(c + 16); c += stepC;
        c50.Store(c); c51.Store(c + 16); c += stepC;
        c60.Store(c); c61.Store(c + 16); c += stepC;
        c70.Store(c); c71.Store(c + 16); c += stepC;
        c80.Store(c); c81.Store(c + 16); c += stepC;
        c90.Store(c); c91.Store(c + 16); c += stepC;
        cA0.Store(c); cA1.Store(c + 16); c += stepC;
        cB0.Store(c); cB1.Store(c + 16);
    }
}
