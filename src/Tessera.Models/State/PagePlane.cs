using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tessera.Tensors;

namespace Tessera.Models.State;

/// <summary>
/// One plane (keys or values) of a page: where the numbers of a slot lie, and how they are rounded. Q8_0 and Q4_0 are ggml's blocks of 32
/// along the head, so that a slot can be written, moved or dropped alone; codes and scales stand in separate arrays.
/// Keys lie [size, 32] (lanes are keys), values [32, width] (lanes are floats of the head).
/// </summary>
internal sealed unsafe partial class PagePlane
{
    internal const int Slots = 32;
    private const int Block = 32;
    private readonly int _elementStride;
    private readonly int _slotStride;
    private readonly int _scaleBlockStride;
    private readonly int _scaleSlotStride;
    private readonly int _scaleOffset;

    internal PagePlane(TensorFormat format, int size, bool transposed, string name)
    {
        if (format is not (TensorFormat.F32 or TensorFormat.F16 or TensorFormat.Q8_0 or TensorFormat.Q4_0))
            throw new ArgumentException($"{name} can be cached as F32, F16, Q8_0 or Q4_0, not {format}.");
        if (format is TensorFormat.Q8_0 or TensorFormat.Q4_0 && size % Block != 0)
            throw new ArgumentException($"{name} of {size} floats can't be cached as {format}: its blocks hold {Block}. Use F16.");
        Format = format;
        Size = size;
        Width = transposed ? size : (size + 15) & ~15; // whole vectors of 16 lanes
        var codes = format == TensorFormat.Q4_0 ? Width / 2 : Width;
        (_elementStride, _slotStride) = transposed ? (Slots, 1) : (1, codes);
        (_scaleBlockStride, _scaleSlotStride) = transposed ? (Slots, 1) : (1, Width / Block);
        _scaleOffset = codes * Slots;
        ByteLength = format switch
        {
            TensorFormat.F32 => Width * Slots * sizeof(float),
            TensorFormat.F16 => Width * Slots * sizeof(ushort),
            _ => _scaleOffset + Width / Block * Slots * sizeof(ushort),
        };
        ByteLength = (ByteLength + 63) & ~63;
    }

    internal TensorFormat Format { get; }

    /// <summary>Floats of a slot.</summary>
    internal int Size { get; }

    /// <summary>Floats of a slot with padding (values only).</summary>
    internal int Width { get; }

    internal int ByteLength { get; }

    /// <summary>Rounds a row into a slot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Write(byte* plane, int slot, float* row)
    {
        switch (Format)
        {
            case TensorFormat.F32:
                var floats = (float*)plane + slot * _slotStride;
                for (var i = 0; i < Size; i++) floats[i * _elementStride] = row[i];
                break;
            case TensorFormat.F16:
                WriteHalves((ushort*)plane + slot * _slotStride, row);
                break;
            case TensorFormat.Q8_0:
                for (var b = 0; b < Size / Block; b++) *Scale(plane, slot, b) = WriteBlock8((sbyte*)plane + b * Block * _elementStride + slot * _slotStride, row + b * Block);
                break;
            default:
                for (var b = 0; b < Size / Block; b++) *Scale(plane, slot, b) = WriteBlock4(plane + b * Block / 2 * _elementStride + slot * _slotStride, row + b * Block);
                break;
        }
    }

    /// <summary>Widens a slot to F32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Read(byte* plane, int slot, float* row)
    {
        switch (Format)
        {
            case TensorFormat.F32:
                var floats = (float*)plane + slot * _slotStride;
                for (var i = 0; i < Size; i++) row[i] = floats[i * _elementStride];
                break;
            case TensorFormat.F16:
                var halves = (Half*)plane + slot * _slotStride;
                for (var i = 0; i < Size; i++) row[i] = (float)halves[i * _elementStride];
                break;
            case TensorFormat.Q8_0:
                for (var i = 0; i < Size; i++) row[i] = ((sbyte*)plane)[i * _elementStride + slot * _slotStride] * ScaleOf(plane, slot, i / Block);
                break;
            default:
                for (var i = 0; i < Size; i++)
                {
                    var pair = plane[(i / Block * (Block / 2) + i % (Block / 2)) * _elementStride + slot * _slotStride];
                    row[i] = ((i % Block < Block / 2 ? pair & 15 : pair >> 4) - 8) * ScaleOf(plane, slot, i / Block);
                }

                break;
        }
    }

    /// <summary>Moves a slot's stored bits to another slot, without rounding again.</summary>
    internal void Copy(byte* source, int sourceSlot, byte* target, int targetSlot)
    {
        switch (Format)
        {
            case TensorFormat.F32:
                CopyElements((float*)source + sourceSlot * _slotStride, (float*)target + targetSlot * _slotStride, Size, _elementStride);
                break;
            case TensorFormat.F16:
                CopyElements((ushort*)source + sourceSlot * _slotStride, (ushort*)target + targetSlot * _slotStride, Size, _elementStride);
                break;
            default:
                var codes = Format == TensorFormat.Q4_0 ? Size / 2 : Size;
                CopyElements(source + sourceSlot * _slotStride, target + targetSlot * _slotStride, codes, _elementStride);
                for (var b = 0; b < Size / Block; b++) *Scale(target, targetSlot, b) = *Scale(source, sourceSlot, b);
                break;
        }
    }

    private static void CopyElements<T>(T* source, T* target, int count, int stride) where T : unmanaged
    {
        for (var i = 0; i < count; i++) target[i * stride] = source[i * stride];
    }

    private Half* Scale(byte* plane, int slot, int block) =>
        (Half*)(plane + _scaleOffset) + block * _scaleBlockStride + slot * _scaleSlotStride;

    private float ScaleOf(byte* plane, int slot, int block) => (float)*Scale(plane, slot, block);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WriteHalves(ushort* target, float* row)
    {
        Span<Half> rounded = stackalloc Half[64];
        for (var i = 0; i < Size; i += rounded.Length)
        {
            var count = Math.Min(rounded.Length, Size - i);
            System.Numerics.Tensors.TensorPrimitives.ConvertToHalf(new ReadOnlySpan<float>(row + i, count), rounded);
            for (var j = 0; j < count; j++) target[(i + j) * _elementStride] = BitConverter.HalfToUInt16Bits(rounded[j]);
        }
    }

    // ggml's quantize_row_q8_0: the largest magnitude becomes 127; ties round away from zero.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Half WriteBlock8(sbyte* codes, float* x)
    {
        var largest = 0f;
        for (var i = 0; i < Block; i++) largest = MathF.Max(largest, MathF.Abs(x[i]));
        var scale = largest / 127f;
        var inverse = scale == 0 ? 0f : 1f / scale;
        for (var i = 0; i < Block; i++) codes[i * _elementStride] = (sbyte)Math.Clamp(MathF.Round(x[i] * inverse, MidpointRounding.AwayFromZero), -127f, 127f);
        return (Half)scale;
    }

    // ggml's quantize_row_q4_0: the element of largest magnitude becomes -8, whatever its sign. The product is taken in F64, as gguf's
    // reference does, because a fused and an unfused F32 product differ at rounding boundaries.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Half WriteBlock4(byte* codes, float* x)
    {
        float largest = 0, signed = 0;
        for (var i = 0; i < Block; i++)
        {
            if (float.IsNaN(x[i])) return Half.NaN; // the whole block reads as NaN rather than as something plausible
            if (MathF.Abs(x[i]) <= largest) continue;
            largest = MathF.Abs(x[i]);
            signed = x[i];
        }

        var scale = signed / -8f;
        double inverse = scale == 0 ? 0f : 1f / scale;
        const int half = Block / 2;
        for (var i = 0; i < half; i++) codes[i * _elementStride] = (byte)(Code(x[i]) | Code(x[i + half]) << 4);
        return (Half)scale;

        int Code(float value) => Math.Clamp((int)(value * inverse + 8.5), 0, 15);
    }
}
