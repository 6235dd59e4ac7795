using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tessera.Models;

/// <summary>
/// <see cref="TokenStatistics"/> gathered block by block, for a head that never holds a whole row: pass the blocks of the vocabulary in
/// ascending order. The state is a maximum and the sums of <see cref="TokenStatistics"/> relative to it; a block with a larger maximum
/// rescales them. Blocks are cut at multiples of <see cref="BlockLength"/>, so a row gives the same bits whether it comes whole or in
/// pieces of a multiple of that length.
/// </summary>
public ref struct TokenStatisticsSweep
{
    /// <summary>Entries that are summed against one maximum: 16 KiB of logits, read twice while they lie in the first-level cache.</summary>
    public const int BlockLength = 4096;

    private readonly Span<TokenAlternative> _top;
    private readonly int _target;
    private readonly int _position;
    private readonly float _targetLogit;
    private float _max = float.NegativeInfinity;
    private int _count;
    private int _topCount;
    private int _above;
    private double _z, _a, _b, _mass;

    /// <summary>Starts a sweep.</summary>
    /// <param name="target">The token that log-probability, rank and top-p mass are asked for.</param>
    /// <param name="targetLogit">Its logit, which the rank has to know before the first block.</param>
    /// <param name="top">Receives the most probable tokens; see <see cref="TokenStatistics.Compute"/>.</param>
    /// <param name="position">Position of the token that the row predicts, for error messages; −1 if there is none.</param>
    public TokenStatisticsSweep(int target, float targetLogit, Span<TokenAlternative> top = default, int position = -1)
    {
        _target = target;
        _targetLogit = targetLogit;
        _top = top;
        _position = position;
    }

    /// <summary>Adds the next entries of the row.</summary>
    /// <param name="logits">Logits of the tokens that follow those added so far, <c>[block]</c>.</param>
    /// <exception cref="LogitsException">An entry is NaN or +∞.</exception>
    public void Add(ReadOnlySpan<float> logits)
    {
        while (logits.Length > 0)
        {
            var block = logits[..Math.Min(logits.Length, BlockLength)];
            var max = Max(block);
            if (!(max < float.PositiveInfinity))
                throw NotADistribution(block);
            if (max > _max)
                Rescale(max);
            if (max > float.NegativeInfinity) // a block of −∞ alone has nothing to add
            {
                if (Vector512.IsHardwareAccelerated)
                    Sum512(block);
                else
                    Sum256(block);
            }

            _count += block.Length;
            logits = logits[block.Length..];
        }
    }

    /// <summary>The numbers of everything added.</summary>
    /// <exception cref="LogitsException">Every entry was −∞, or there was none.</exception>
    public readonly TokenStatistics Finish()
    {
        if (_max == float.NegativeInfinity)
            throw new LogitsException(_position, $"none of {_count} tokens is possible (every logit is −∞).");

        var logZ = Math.Log(_z);
        var mean = _a / _z;
        var logNormaliser = _max + logZ;
        for (var i = 0; i < _topCount; i++)
            _top[i] = _top[i] with { LogProbability = _top[i].LogProbability - logNormaliser };
        _top[_topCount..].Fill(new TokenAlternative(-1, double.NegativeInfinity));
        return new TokenStatistics(
            _target,
            (double)_targetLogit - _max - logZ,
            _above + 1,
            Math.Min(_mass / _z, 1),
            mean - logZ,
            Math.Max(_b / _z - mean * mean, 0), // rounding may leave a peaked row below zero
            -logZ,
            logNormaliser);
    }

    /// <summary>Moves the sums to a new maximum: with d = old − new, every u grows by d and every eᵘ by the factor eᵈ.</summary>
    private void Rescale(float max)
    {
        if (_max > float.NegativeInfinity)
        {
            var d = (double)_max - max;
            var scale = Math.Exp(d);
            _b = scale == 0 ? 0 : scale * (_b + d * (2 * _a + d * _z)); // d may be so large that d² · 0 would be NaN
            _a = scale == 0 ? 0 : scale * (_a + d * _z);
            _z *= scale;
            _mass *= scale;
        }

        _max = max;
    }

    /// <summary>The largest entry; NaN if there is one.</summary>
    private static float Max(ReadOnlySpan<float> block)
    {
        var max = float.NegativeInfinity;
        var i = 0;
        if (Vector512.IsHardwareAccelerated && block.Length >= Vector512<float>.Count)
        {
            var m = Vector512.Create(float.NegativeInfinity);
            for (; i <= block.Length - Vector512<float>.Count; i += Vector512<float>.Count)
                m = Vector512.Max(m, Vector512.Create(block[i..]));
            for (var lane = 0; lane < Vector512<float>.Count; lane++)
                max = MathF.Max(max, m[lane]);
        }
        else
        {
            var m = Vector256.Create(float.NegativeInfinity);
            for (; i <= block.Length - Vector256<float>.Count; i += Vector256<float>.Count)
                m = Vector256.Max(m, Vector256.Create(block[i..]));
            for (var lane = 0; lane < Vector256<float>.Count; lane++)
                max = MathF.Max(max, m[lane]);
        }

        for (; i < block.Length; i++)
            max = MathF.Max(max, block[i]); // MathF.Max and Vector.Max both pass NaN on
        return max;
    }

    private void Sum512(ReadOnlySpan<float> block)
    {
        var max = Vector512.Create(_max);
        var target = Vector512.Create(_targetLogit);
        var bound = Vector512.Create(TopBound);
        Vector512<double> z0 = default, z1 = default, a0 = default, a1 = default, b0 = default, b1 = default, m0 = default, m1 = default;
        Vector512<int> above = default;
        Span<float> rest = stackalloc float[Vector512<float>.Count];
        for (var i = 0; i < block.Length; i += Vector512<float>.Count)
        {
            var x = Vector512.Create(block.Length - i >= Vector512<float>.Count ? block[i..] : Padded(block[i..], rest));
            var u = Vector512.MaxNative(x - max, Vector512.Create(Floor)); // −∞ becomes a number whose exponential is 0
            var e = Exp(u);
            above -= Vector512.GreaterThan(x, target).AsInt32();
            var (u0, u1) = Vector512.Widen(u);
            var (e0, e1) = Vector512.Widen(e);
            var (k0, k1) = Vector512.Widen(e & Vector512.GreaterThanOrEqual(x, target));
            z0 += e0;
            z1 += e1;
            m0 += k0;
            m1 += k1;
            var (p0, p1) = (e0 * u0, e1 * u1);
            a0 += p0;
            a1 += p1;
            b0 = Vector512.FusedMultiplyAdd(p0, u0, b0);
            b1 = Vector512.FusedMultiplyAdd(p1, u1, b1);
            if (_top.Length > 0 && Vector512.GreaterThanAny(x, bound))
            {
                Insert(x.AsInt32(), Vector512.GreaterThan(x, bound).ExtractMostSignificantBits(), _count + i);
                bound = Vector512.Create(TopBound);
            }
        }

        _z += Vector512.Sum(z0 + z1);
        _a += Vector512.Sum(a0 + a1);
        _b += Vector512.Sum(b0 + b1);
        _mass += Vector512.Sum(m0 + m1);
        _above += Vector512.Sum(above);
    }

    private void Sum256(ReadOnlySpan<float> block)
    {
        var max = Vector256.Create(_max);
        var target = Vector256.Create(_targetLogit);
        var bound = Vector256.Create(TopBound);
        Vector256<double> z0 = default, z1 = default, a0 = default, a1 = default, b0 = default, b1 = default, m0 = default, m1 = default;
        Vector256<int> above = default;
        Span<float> rest = stackalloc float[Vector256<float>.Count];
        for (var i = 0; i < block.Length; i += Vector256<float>.Count)
        {
            var x = Vector256.Create(block.Length - i >= Vector256<float>.Count ? block[i..] : Padded(block[i..], rest));
            var u = Vector256.MaxNative(x - max, Vector256.Create(Floor));
            var e = Exp(u);
            above -= Vector256.GreaterThan(x, target).AsInt32();
            var (u0, u1) = Vector256.Widen(u);
            var (e0, e1) = Vector256.Widen(e);
            var (k0, k1) = Vector256.Widen(e & Vector256.GreaterThanOrEqual(x, target));
            z0 += e0;
            z1 += e1;
            m0 += k0;
            m1 += k1;
            var (p0, p1) = (e0 * u0, e1 * u1);
            a0 += p0;
            a1 += p1;
            b0 = Vector256.FusedMultiplyAdd(p0, u0, b0);
            b1 = Vector256.FusedMultiplyAdd(p1, u1, b1);
            if (_top.Length > 0 && Vector256.GreaterThanAny(x, bound))
            {
                Insert(x.ToVector512().AsInt32(), Vector256.GreaterThan(x, bound).ExtractMostSignificantBits(), _count + i);
                bound = Vector256.Create(TopBound);
            }
        }

        _z += Vector256.Sum(z0 + z1);
        _a += Vector256.Sum(a0 + a1);
        _b += Vector256.Sum(b0 + b1);
        _mass += Vector256.Sum(m0 + m1);
        _above += Vector256.Sum(above);
    }

    /// <summary>Entries at or below this logit are not among the best ones any more.</summary>
    private readonly float TopBound =>
        _topCount < _top.Length ? float.NegativeInfinity : _top.Length == 0 ? float.PositiveInfinity : (float)_top[^1].LogProbability;

    /// <summary>Puts the marked lanes into the list of best tokens, which holds raw logits until <see cref="Finish"/>.</summary>
    private void Insert(Vector512<int> lanes, ulong marked, int firstId)
    {
        for (; marked != 0; marked &= marked - 1)
        {
            var lane = BitOperations.TrailingZeroCount(marked);
            var logit = BitConverter.Int32BitsToSingle(lanes[lane]);
            if (!(logit > TopBound))
                continue; // a lane before it raised the bound
            var at = _topCount < _top.Length ? _topCount++ : _top.Length - 1;
            for (; at > 0 && _top[at - 1].LogProbability < logit; at--)
                _top[at] = _top[at - 1];
            _top[at] = new TokenAlternative(firstId + lane, logit);
        }
    }

    private static Span<float> Padded(ReadOnlySpan<float> tail, Span<float> buffer)
    {
        buffer.Fill(float.NegativeInfinity);
        tail.CopyTo(buffer);
        return buffer;
    }

    private readonly LogitsException NotADistribution(ReadOnlySpan<float> block)
    {
        var i = 0;
        while (block[i] < float.PositiveInfinity)
            i++;
        return new LogitsException(_position, $"the logit of token {_count + i} is {(float.IsNaN(block[i]) ? "NaN" : "+∞")}.");
    }

    // e^-88 < 2^-126: below it the exponential is taken as 0, which changes sums of at least 1 by less than a double can show.
    private const float Floor = -88f;

    // Range reduction and minimax polynomial of expf in the Cephes library (S. L. Moshier, 1987); relative error below 2 · 2^-24 on [-87, 0].
    private const float Log2E = 1.44269504088896341f, Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;
    private const float RoundToInteger = 12582912f; // 1.5 · 2^23: adding it rounds to an integer, which then sits in the low bits
    private const float C0 = 1.9875691500e-4f, C1 = 1.3981999507e-3f, C2 = 8.3334519073e-3f, C3 = 4.1665795894e-2f,
        C4 = 1.6666665459e-1f, C5 = 5.0000001201e-1f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Exp(Vector512<float> x)
    {
        var shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(Log2E), Vector512.Create(RoundToInteger));
        var n = shifted - Vector512.Create(RoundToInteger);
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);
        var p = Vector512.FusedMultiplyAdd(Vector512.Create(C0), r, Vector512.Create(C1));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C2));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C3));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C4));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C5));
        p = Vector512.FusedMultiplyAdd(p, r * r, r) + Vector512<float>.One;
        var scaled = (p.AsInt32() + (shifted.AsInt32() << 23)).AsSingle(); // p · 2^n
        return scaled & Vector512.GreaterThan(x, Vector512.Create(-87f));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Exp(Vector256<float> x)
    {
        var shifted = Vector256.FusedMultiplyAdd(x, Vector256.Create(Log2E), Vector256.Create(RoundToInteger));
        var n = shifted - Vector256.Create(RoundToInteger);
        var r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-Ln2High), x);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-Ln2Low), r);
        var p = Vector256.FusedMultiplyAdd(Vector256.Create(C0), r, Vector256.Create(C1));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(C2));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(C3));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(C4));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(C5));
        p = Vector256.FusedMultiplyAdd(p, r * r, r) + Vector256<float>.One;
        var scaled = (p.AsInt32() + (shifted.AsInt32() << 23)).AsSingle();
        return scaled & Vector256.GreaterThan(x, Vector256.Create(-87f));
    }
}
