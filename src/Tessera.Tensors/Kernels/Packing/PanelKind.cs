namespace Tessera.Tensors.Kernels;

/// <summary>How the weights of a panel (16 consecutive outputs) are laid out; see <see cref="PanelLayout"/>.</summary>
internal enum PanelKind : byte
{
    /// <summary>F32: [k][16] floats. The tile that the float kernels read, so nothing is expanded.</summary>
    Single,

    /// <summary>F16: [k][16] halves.</summary>
    Half,

    /// <summary>BF16: [k][16].</summary>
    BFloat,

    /// <summary>Q8_0: bytes q + 128, half scales.</summary>
    Bytes,

    /// <summary>Q4_0: nibbles with zero point 8, half scales.</summary>
    Nibbles,

    /// <summary>Q4_1: nibbles, half scales and minima.</summary>
    NibblesMin,

    /// <summary>Q5_0: nibbles and a plane of fifth bits, zero point 16, half scales.</summary>
    Five,

    /// <summary>Q5_1: the same with minima and no zero point.</summary>
    FiveMin,

    /// <summary>Q4_K: nibbles; per block of 32 a byte scale and a byte minimum, per 256 two halves that multiply them.</summary>
    Super4,

    /// <summary>Q5_K: as Q4_K with a plane of fifth bits.</summary>
    Super5,

    /// <summary>Q6_K: nibbles and a plane of upper bit pairs, zero point 32; a signed byte scale per 16 weights, a half per 256.</summary>
    Super6,

    /// <summary>Any other format: the 16 rows as the file has them, widened block by block through <see cref="Formats.BlockFormat"/>.</summary>
    Opaque,
}
