namespace Tessera.Tensors.Kernels;

/// <summary>The instruction sets that kernels are written for, from the specification to the fastest.</summary>
internal enum KernelPath
{
    /// <summary>Plain C#, one product at a time: the specification.</summary>
    Scalar,

    /// <summary>Portable 128-bit vectors: any processor with SIMD.</summary>
    Vector128,

    /// <summary>256 bits: AVX2 and FMA; integer products by maddubs and madd.</summary>
    Avx2,

    /// <summary>As <see cref="Avx2"/> with AVX-VNNI.</summary>
    AvxVnni,

    /// <summary>512 bits: AVX-512 F and BW; integer products by maddubs and madd.</summary>
    Avx512,

    /// <summary>As <see cref="Avx512"/>, integer products by AVX-512 VNNI in machine code made at start-up.</summary>
    Assembled,
}
