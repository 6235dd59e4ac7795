using System.Runtime.CompilerServices;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// The integer product, written once: for a vector width (TV), a way to multiply (TD), a format of the weights (TF) and of the activations
/// (TA). Register tiles of 4 rows × 2 vectors, then single rows. Definition: <see cref="IntegerBlock"/>; specification:
/// <see cref="ScalarIntegerKernel"/>, of which every instance gives the same bits. The tiles are written out row by row because registers
/// can't be indexed.
/// </summary>
internal static unsafe class IntegerKernel<TV, TInt, TFloat, TD, TCodes, TValues, TF, TA>
    where TV : struct, IIntegerVectors<TInt, TFloat>
    where TD : struct, IIntegerDot<TInt, TCodes, TValues>
    where TF : struct, IIntegerFormat
    where TA : struct, IActivationWidth
    where TInt : struct
    where TFloat : struct
    where TCodes : struct
    where TValues : struct
{
    private static int BlockBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TA.IsWide ? 64 + ActivationLayout.TailBytes : 32 + ActivationLayout.TailBytes;
    }

    private static int CodeBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TF.IsNibbles ? PanelLayout.BlockCodes / 2 : PanelLayout.BlockCodes;
    }

    private static int NumberBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TF.IsHalf ? 2 : 4;
    }

    private static int ScaleBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => PanelLayout.Width * NumberBytes * (TF.IsSixteen ? 2 : 1);
    }

    /// <summary>Computes <paramref name="rows"/> rows of a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(IntegerBlock* block, int rows)
    {
        for (var column = 0; column < 2 * PanelLayout.Width; column += 2 * TV.Count)
        {
            var part = *block;
            part.C += column;
            var row = 0;
            for (; row + 4 <= rows; row += 4)
            {
                Four(&part, row, column);
                part.Ahead = 0; // the weights are cached now
            }

            for (; row < rows; row++)
            {
                One(&part, row, column);
                part.Ahead = 0;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TInt CodesA(byte* w, int sub, int i) =>
        TF.IsNibbles ? TV.LowNibbles(TV.LoadCodes(w + 64 * i)) : TV.LoadCodes(w + 64 * StepA(sub, i));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TInt CodesB(byte* w, int sub, int i) =>
        TF.IsNibbles ? TV.HighNibbles(TV.LoadCodes(w + 64 * i)) : TV.LoadCodes(w + 64 * StepB(sub, i));

    // Steps are taken in pairs, (i, i + 4) as nibbles store them, within a half block where that has a scale of its own.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int StepA(int sub, int i) => TF.IsSixteen ? 4 * sub + i : i;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int StepB(int sub, int i) => TF.IsSixteen ? 4 * sub + 2 + i : i + 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloat Numbers(byte* p) => TF.IsHalf ? TV.LoadHalves((ushort*)p) : TV.Load((float*)p);

    // The integer sum of a row: running sums closed, the upper plane's total moved up, the codes' zero point taken off.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TInt Total(TInt sum, TInt upper, byte* x, int sub)
    {
        var total = TD.Finish(sum);
        if (TA.IsWide) total = TV.Add(TV.Times256(upper), total);
        if (TF.Zero == 0) return total;
        var tail = x + (TA.IsWide ? 64 : 32);
        var start = *(int*)(tail + ActivationLayout.Start);
        if (TF.IsSixteen)
        {
            var first = *(int*)(tail + ActivationLayout.FirstHalfStart);
            start = sub == 0 ? first : start - first;
        }

        if (TF.Zero == 8) start >>= 4; // -8·Σq, exactly
        return TV.Add(total, TV.BroadcastInt(start));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloat Add(TFloat acc, TFloat scale, TInt total, byte* x) =>
        TV.MultiplyAdd(TV.Multiply(scale, TV.Broadcast((float*)(x + (TA.IsWide ? 64 : 32) + ActivationLayout.Scale))), TV.Convert(total), acc);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloat AddMinimum(TFloat acc, TFloat minimum, byte* x) =>
        TV.MultiplyAdd(minimum, TV.Broadcast((float*)(x + (TA.IsWide ? 64 : 32) + ActivationLayout.ScaledSum)), acc);

    // Where the lanes that begin with a column stand in a plane with so many bytes a lane.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* At(byte* plane, IntegerBlock* block, int column, int bytes) =>
        plane + (column < PanelLayout.Width ? 0 : block->Second) + column % PanelLayout.Width * bytes;

    // The same block of the next pair of panels: short streams, so that the hardware's prefetcher alone lags behind.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(byte* codes, byte* scales, nint ahead)
    {
        if (ahead == 0) return;
        for (var line = 0; line < CodeBytes; line += 64) CachePrefetch.Near(codes + ahead + line);
        CachePrefetch.Near(scales + ahead);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(IntegerBlock* block, int row, int column)
    {
        var c = block->C + row * block->CRow;
        var f0 = block->Accumulate != 0 ? TV.Load(c) : TV.Zero;
        var f1 = block->Accumulate != 0 ? TV.Load(c + TV.Count) : TV.Zero;
        var x = block->X + row * block->XRow;
        var ahead = block->Ahead;
        byte* w0 = At(block->Codes, block, column, 4), w1 = At(block->Codes, block, column + TV.Count, 4);
        byte* s0 = At(block->Scales, block, column, NumberBytes), s1 = At(block->Scales, block, column + TV.Count, NumberBytes);
        byte* m0 = At(block->Minima, block, column, NumberBytes), m1 = At(block->Minima, block, column + TV.Count, NumberBytes);
        for (var b = block->Blocks; b > 0; b--)
        {
            Fetch(w0, s0, ahead);
            Fetch(w1, s1, ahead);
            for (var sub = 0; sub < (TF.IsSixteen ? 2 : 1); sub++)
            {
                TInt a0 = TV.ZeroInt, a1 = TV.ZeroInt, u0 = TV.ZeroInt, u1 = TV.ZeroInt;
                for (var plane = 0; plane < (TA.IsWide ? 2 : 1); plane++)
                {
                    if (TA.IsWide && plane == 1)
                    {
                        (u0, u1) = (TD.Finish(a0), TD.Finish(a1));
                        (a0, a1) = (TV.ZeroInt, TV.ZeroInt);
                    }

                    for (var i = 0; i < (TF.IsSixteen ? 2 : 4); i++)
                    {
                        var v = TD.Spread(x + 32 * plane + 4 * StepA(sub, i));
                        a0 = TD.Dot(a0, TD.Prepare(CodesA(w0, sub, i)), v);
                        a1 = TD.Dot(a1, TD.Prepare(CodesA(w1, sub, i)), v);
                        v = TD.Spread(x + 32 * plane + 4 * StepB(sub, i));
                        a0 = TD.Dot(a0, TD.Prepare(CodesB(w0, sub, i)), v);
                        a1 = TD.Dot(a1, TD.Prepare(CodesB(w1, sub, i)), v);
                    }
                }

                var part = sub * PanelLayout.Width * NumberBytes;
                f0 = Add(f0, Numbers(s0 + part), Total(a0, u0, x, sub), x);
                f1 = Add(f1, Numbers(s1 + part), Total(a1, u1, x, sub), x);
            }

            if (TF.HasMinimum)
            {
                f0 = AddMinimum(f0, Numbers(m0), x);
                f1 = AddMinimum(f1, Numbers(m1), x);
                m0 += PanelLayout.Width * NumberBytes;
                m1 += PanelLayout.Width * NumberBytes;
            }

            x += BlockBytes;
            w0 += CodeBytes;
            w1 += CodeBytes;
            s0 += ScaleBytes;
            s1 += ScaleBytes;
        }

        TV.Store(f0, c);
        TV.Store(f1, c + TV.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(IntegerBlock* block, int row, int column)
    {
        var stepC = block->CRow;
        var c = block->C + row * stepC;
        var d = c + TV.Count;
        TFloat f00, f01, f10, f11, f20, f21, f30, f31;
        f00 = f01 = f10 = f11 = f20 = f21 = f30 = f31 = TV.Zero;
        if (block->Accumulate != 0)
        {
            (f00, f01) = (TV.Load(c), TV.Load(d));
            (f10, f11) = (TV.Load(c + stepC), TV.Load(d + stepC));
            (f20, f21) = (TV.Load(c + 2 * stepC), TV.Load(d + 2 * stepC));
            (f30, f31) = (TV.Load(c + 3 * stepC), TV.Load(d + 3 * stepC));
        }

        var x0 = block->X + row * block->XRow;
        var x1 = x0 + block->XRow;
        var x2 = x1 + block->XRow;
        var x3 = x2 + block->XRow;
        var ahead = block->Ahead;
        byte* w0 = At(block->Codes, block, column, 4), w1 = At(block->Codes, block, column + TV.Count, 4);
        byte* s0 = At(block->Scales, block, column, NumberBytes), s1 = At(block->Scales, block, column + TV.Count, NumberBytes);
        byte* m0 = At(block->Minima, block, column, NumberBytes), m1 = At(block->Minima, block, column + TV.Count, NumberBytes);
        for (var b = block->Blocks; b > 0; b--)
        {
            Fetch(w0, s0, ahead);
            Fetch(w1, s1, ahead);
            for (var sub = 0; sub < (TF.IsSixteen ? 2 : 1); sub++)
            {
                TInt a00, a01, a10, a11, a20, a21, a30, a31;
                a00 = a01 = a10 = a11 = a20 = a21 = a30 = a31 = TV.ZeroInt;
                TInt u00 = a00, u01 = a00, u10 = a00, u11 = a00, u20 = a00, u21 = a00, u30 = a00, u31 = a00;
                for (var plane = 0; plane < (TA.IsWide ? 2 : 1); plane++)
                {
                    if (TA.IsWide && plane == 1)
                    {
                        (u00, u01, u10, u11) = (TD.Finish(a00), TD.Finish(a01), TD.Finish(a10), TD.Finish(a11));
                        (u20, u21, u30, u31) = (TD.Finish(a20), TD.Finish(a21), TD.Finish(a30), TD.Finish(a31));
                        a00 = a01 = a10 = a11 = a20 = a21 = a30 = a31 = TV.ZeroInt;
                    }

                    for (var i = 0; i < (TF.IsSixteen ? 2 : 4); i++)
                    {
                        var p0 = TD.Prepare(CodesA(w0, sub, i));
                        var p1 = TD.Prepare(CodesA(w1, sub, i));
                        var at = 32 * plane + 4 * StepA(sub, i);
                        var v = TD.Spread(x0 + at);
                        a00 = TD.Dot(a00, p0, v);
                        a01 = TD.Dot(a01, p1, v);
                        v = TD.Spread(x1 + at);
                        a10 = TD.Dot(a10, p0, v);
                        a11 = TD.Dot(a11, p1, v);
                        v = TD.Spread(x2 + at);
                        a20 = TD.Dot(a20, p0, v);
                        a21 = TD.Dot(a21, p1, v);
                        v = TD.Spread(x3 + at);
                        a30 = TD.Dot(a30, p0, v);
                        a31 = TD.Dot(a31, p1, v);

                        p0 = TD.Prepare(CodesB(w0, sub, i));
                        p1 = TD.Prepare(CodesB(w1, sub, i));
                        at = 32 * plane + 4 * StepB(sub, i);
                        v = TD.Spread(x0 + at);
                        a00 = TD.Dot(a00, p0, v);
                        a01 = TD.Dot(a01, p1, v);
                        v = TD.Spread(x1 + at);
                        a10 = TD.Dot(a10, p0, v);
                        a11 = TD.Dot(a11, p1, v);
                        v = TD.Spread(x2 + at);
                        a20 = TD.Dot(a20, p0, v);
                        a21 = TD.Dot(a21, p1, v);
                        v = TD.Spread(x3 + at);
                        a30 = TD.Dot(a30, p0, v);
                        a31 = TD.Dot(a31, p1, v);
                    }
                }

                var part = sub * PanelLayout.Width * NumberBytes;
                var (n0, n1) = (Numbers(s0 + part), Numbers(s1 + part));
                f00 = Add(f00, n0, Total(a00, u00, x0, sub), x0);
                f01 = Add(f01, n1, Total(a01, u01, x0, sub), x0);
                f10 = Add(f10, n0, Total(a10, u10, x1, sub), x1);
                f11 = Add(f11, n1, Total(a11, u11, x1, sub), x1);
                f20 = Add(f20, n0, Total(a20, u20, x2, sub), x2);
                f21 = Add(f21, n1, Total(a21, u21, x2, sub), x2);
                f30 = Add(f30, n0, Total(a30, u30, x3, sub), x3);
                f31 = Add(f31, n1, Total(a31, u31, x3, sub), x3);
            }

            if (TF.HasMinimum)
            {
                var (n0, n1) = (Numbers(m0), Numbers(m1));
                f00 = AddMinimum(f00, n0, x0);
                f01 = AddMinimum(f01, n1, x0);
                f10 = AddMinimum(f10, n0, x1);
                f11 = AddMinimum(f11, n1, x1);
                f20 = AddMinimum(f20, n0, x2);
                f21 = AddMinimum(f21, n1, x2);
                f30 = AddMinimum(f30, n0, x3);
                f31 = AddMinimum(f31, n1, x3);
                m0 += PanelLayout.Width * NumberBytes;
                m1 += PanelLayout.Width * NumberBytes;
            }

            x0 += BlockBytes;
            x1 += BlockBytes;
            x2 += BlockBytes;
            x3 += BlockBytes;
            w0 += CodeBytes;
            w1 += CodeBytes;
            s0 += ScaleBytes;
            s1 += ScaleBytes;
        }

        TV.Store(f00, c);
        TV.Store(f01, d);
        TV.Store(f10, c + stepC);
        TV.Store(f11, d + stepC);
        TV.Store(f20, c + 2 * stepC);
        TV.Store(f21, d + 2 * stepC);
        TV.Store(f30, c + 3 * stepC);
        TV.Store(f31, d + 3 * stepC);
    }
}
