namespace Tessera.Tensors.Kernels;

/// <summary>What an integer kernel reads its weights from: tiles made by <see cref="TileExpansion"/>, or packed panels as they are.</summary>
internal enum IntegerSource
{
    /// <summary>Tile: codes + 128, one F32 scale per block.</summary>
    Symmetric,

    /// <summary>Tile: codes + 128, two F32 scales per block, one per 16 weights.</summary>
    Sixteen,

    /// <summary>Tile: plain codes, F32 scales and minima.</summary>
    Minimum,

    /// <summary>Tile: as <see cref="Minimum"/>, codes below 16.</summary>
    SmallMinimum,

    /// <summary>Panel of Q8_0: codes + 128, half scales.</summary>
    Bytes,

    /// <summary>Panel of Q4_0: nibbles with zero point 8, half scales.</summary>
    Nibbles,

    /// <summary>Panel of Q4_1: nibbles, half scales and minima.</summary>
    NibblesMin,

    /// <summary>Panel of Q5_0, as <see cref="PanelLayout"/> has it. This and the following are read directly by assembled kernels only.</summary>
    Five,

    /// <summary>Panel of Q5_1.</summary>
    FiveMin,

    /// <summary>Panel of Q4_K.</summary>
    Super4,

    /// <summary>Panel of Q5_K.</summary>
    Super5,

    /// <summary>Panel of Q6_K.</summary>
    Super6,
}
