using Tessera.Tensors.Formats;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// Where the bytes of a packed matrix stand. A matrix is a row of panels of 16 outputs; the last one is filled up with zero weights.
/// A panel of a quantised format consists of planes, each in ascending k, each a whole number of 32-byte units:
/// <list type="bullet">
/// <item>codes: per block of 32 weights and per step of 4 k, 16 rows × 4 bytes, so that one 64-byte load feeds 16 outputs. Nibble formats
/// hold step i in the lower and step i + 4 in the upper halves of 4 × 64 bytes: ggml's own order within a block, so rows are only interleaved;</item>
/// <item>high: 5-bit formats one 32-bit word per row and block, bit 8·b + s = fifth bit of weight 4·s + b; 6-bit formats two words (steps 0–3
/// and 4–7), bits 8·b + 2·s and one up;</item>
/// <item>scales, then minima: per block 16 halves, or 16 bytes (K-quants; Q6_K 2 × 16 signed bytes);</item>
/// <item>super: per 256 weights 16 halves d, then 16 halves dmin (Q4_K, Q5_K).</item>
/// </list>
/// No format takes more than 3 % above its size in GGUF, the filling of the last panel apart.
/// </summary>
internal readonly record struct PanelLayout
{
    /// <summary>Outputs in a panel: the int32 or F32 lanes of a 512-bit register.</summary>
    public const int Width = 16;

    /// <summary>Weights of a row that share a scale in the activations.</summary>
    public const int BlockLength = 32;

    /// <summary>Bytes of an expanded block of codes: 32 k × 16 rows.</summary>
    public const int BlockCodes = BlockLength * Width;

    private PanelLayout(TensorFormat format, int columns)
    {
        Format = format;
        Columns = columns;
        Kind = KindOf(format);
        if (Kind is PanelKind.Single or PanelKind.Half or PanelKind.BFloat)
        {
            PanelBytes = Round((long)columns * Width * (Kind == PanelKind.Single ? 4 : 2));
            return;
        }

        if (Kind == PanelKind.Opaque)
        {
            PanelBytes = Round(BlockFormat.Of(format).ByteLengthOf([Width, columns]));
            return;
        }

        var (codes, high, scales, minima, super) = Kind switch
        {
            PanelKind.Bytes => (512, 0, 32, 0, 0),
            PanelKind.Nibbles => (256, 0, 32, 0, 0),
            PanelKind.NibblesMin => (256, 0, 32, 32, 0),
            PanelKind.Five => (256, 64, 32, 0, 0),
            PanelKind.FiveMin => (256, 64, 32, 32, 0),
            PanelKind.Super4 => (256, 0, 16, 16, 64),
            PanelKind.Super5 => (256, 64, 16, 16, 64),
            _ => (256, 128, 32, 0, 32),
        };
        var blocks = (long)columns / BlockLength;
        (CodeBytes, HighBytes, ScaleBytes, MinimumBytes, SuperBytes) = (codes, high, scales, minima, super);
        HighOffset = blocks * codes;
        ScaleOffset = HighOffset + blocks * high;
        MinimumOffset = ScaleOffset + blocks * scales;
        SuperOffset = MinimumOffset + blocks * minima;
        PanelBytes = Round(SuperOffset + (blocks + 7) / 8 * super);
    }

    /// <summary>The format that was packed.</summary>
    public TensorFormat Format { get; }

    /// <summary>The layout's kind.</summary>
    public PanelKind Kind { get; }

    /// <summary>Inputs, the length of a row.</summary>
    public int Columns { get; }

    /// <summary>Blocks of 32 in a row; meaningful for integer kinds.</summary>
    public int Blocks => Columns / BlockLength;

    /// <summary>Bytes from one panel to the next, a multiple of 64.</summary>
    public long PanelBytes { get; }

    /// <summary>Bytes per block in each plane; of the super plane per 256 weights.</summary>
    public int CodeBytes { get; }

    /// <inheritdoc cref="CodeBytes"/>
    public int HighBytes { get; }

    /// <inheritdoc cref="CodeBytes"/>
    public int ScaleBytes { get; }

    /// <inheritdoc cref="CodeBytes"/>
    public int MinimumBytes { get; }

    /// <inheritdoc cref="CodeBytes"/>
    public int SuperBytes { get; }

    /// <summary>Where each plane starts in its panel; codes start at 0.</summary>
    public long HighOffset { get; }

    /// <inheritdoc cref="HighOffset"/>
    public long ScaleOffset { get; }

    /// <inheritdoc cref="HighOffset"/>
    public long MinimumOffset { get; }

    /// <inheritdoc cref="HighOffset"/>
    public long SuperOffset { get; }

    /// <summary>Whether the fast mode multiplies integers.</summary>
    public bool IsInteger => Kind is not (PanelKind.Single or PanelKind.Half or PanelKind.BFloat or PanelKind.Opaque);

    /// <summary>Whether a weight is d·q + m with a minimum m per block (and no zero point).</summary>
    public bool HasMinimum => Kind is PanelKind.NibblesMin or PanelKind.FiveMin or PanelKind.Super4 or PanelKind.Super5;

    /// <summary>What is subtracted from a code: a weight is d·(code − zero point).</summary>
    public int ZeroPoint => Kind switch
    {
        PanelKind.Bytes => 128,
        PanelKind.Nibbles => 8,
        PanelKind.Five => 16,
        PanelKind.Super6 => 32,
        _ => 0,
    };

    /// <summary>The layout of a format.</summary>
    public static PanelLayout Of(TensorFormat format, int columns) => new(format, columns);

    private static PanelKind KindOf(TensorFormat format) => format switch
    {
        TensorFormat.F32 => PanelKind.Single,
        TensorFormat.F16 => PanelKind.Half,
        TensorFormat.BF16 => PanelKind.BFloat,
        TensorFormat.Q8_0 => PanelKind.Bytes,
        TensorFormat.Q4_0 => PanelKind.Nibbles,
        TensorFormat.Q4_1 => PanelKind.NibblesMin,
        TensorFormat.Q5_0 => PanelKind.Five,
        TensorFormat.Q5_1 => PanelKind.FiveMin,
        TensorFormat.Q4_K => PanelKind.Super4,
        TensorFormat.Q5_K => PanelKind.Super5,
        TensorFormat.Q6_K => PanelKind.Super6,
        _ => PanelKind.Opaque,
    };

    private static long Round(long bytes) => (bytes + 63) & ~63L;
}
