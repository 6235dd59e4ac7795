using System.Runtime.CompilerServices;

namespace Tessera.Tensors.Kernels;

/// <summary>How the columns of a float kernel's B are written.</summary>
internal unsafe interface IFloatFormat
{
    /// <summary>Bytes of a number.</summary>
    static abstract int Bytes { get; }

    /// <summary>Reads a vector as F32.</summary>
    static abstract TVector Load<TLanes, TVector>(byte* p)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct;
}

/// <summary>F32.</summary>
internal readonly unsafe struct SingleFormat : IFloatFormat
{
    public static int Bytes => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLanes, TVector>(byte* p)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct => TLanes.Load((float*)p);
}

/// <summary>F16.</summary>
internal readonly unsafe struct HalfFormat : IFloatFormat
{
    public static int Bytes => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLanes, TVector>(byte* p)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct => TLanes.LoadHalves((ushort*)p);
}

/// <summary>BF16.</summary>
internal readonly unsafe struct BFloatFormat : IFloatFormat
{
    public static int Bytes => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLanes, TVector>(byte* p)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct => TLanes.LoadBFloats((ushort*)p);
}
