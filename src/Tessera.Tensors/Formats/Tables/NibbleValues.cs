using System.Runtime.Intrinsics;

namespace Tessera.Tensors.Formats.Tables;

/// <summary>What a four-bit code means in the formats where it is an index; the tables define the formats.</summary>
internal static class NibbleValues
{
    /// <summary>IQ4_NL and IQ4_XS: denser round zero (kvalues_iq4nl of ggml-common.h; ggml, MIT licence). Ascending.</summary>
    public static Vector128<sbyte> NonLinear =>
        Vector128.Create(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, (sbyte)113);

    /// <summary>Twice the values of E2M1, the four-bit float of MXFP4 and NVFP4 (OCP Microscaling Formats 1.0, section 5.3.3).</summary>
    public static Vector128<sbyte> TwiceE2M1 => Vector128.Create(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, (sbyte)-12);
}
