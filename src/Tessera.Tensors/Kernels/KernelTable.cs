using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Tessera.Tensors.Kernels.Assembled;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// The kernels of one path. The process's table is chosen once, by what the processor has; the environment variable
/// <c>TESSERA_KERNELS</c> = <c>scalar</c>, <c>v128</c>, <c>avx2</c>, <c>avxvnni</c>, <c>avx512</c> or <c>assembled</c> forces a path, for
/// tests and measurements; <c>TESSERA_ASSEMBLED_KERNELS=0</c> rules the last one out. This is the only place that asks for instruction sets.
/// </summary>
internal sealed unsafe class KernelTable
{
    private const int Sources = (int)IntegerSource.Super6 + 1;
    private static readonly Lazy<KernelTable> Chosen = new(Choose);
    private static readonly Lazy<KernelTable>[] Tables = [.. Enum.GetValues<KernelPath>().Select(p => new Lazy<KernelTable>(() => new KernelTable(p)))];

    private readonly nint[] _integer = new nint[Sources * 2]; // function pointers of managed kernels; 0: the scalar one
    private readonly Lazy<AssembledKernel?>[]? _assembled; // null as a whole on other paths, null inside where one can't be made

    private KernelTable(KernelPath path)
    {
        Path = path;
        for (var index = 0; index < _integer.Length && path != KernelPath.Scalar; index++)
            _integer[index] = (nint)IntegerKernels.Find(path, (IntegerSource)(index / 2), index % 2 == 1);
        if (path == KernelPath.Assembled)
            _assembled = [.. Enumerable.Range(0, _integer.Length).Select(i => new Lazy<AssembledKernel?>(() => AssembledKernel.Create((IntegerSource)(i / 2), i % 2 == 1)))];
        Float = path switch
        {
            KernelPath.Scalar => &FloatKernel<FloatScalar, float, SingleFormat>.Run,
            KernelPath.Vector128 => &FloatKernel<Float128, Vector128<float>, SingleFormat>.Run,
            KernelPath.Avx2 or KernelPath.AvxVnni => &FloatKernel<Float256, Vector256<float>, SingleFormat>.Run,
            _ => &FloatKernel512.Run,
        };
        FloatOfHalves = FindNarrow<HalfFormat>(path);
        FloatOfBFloats = FindNarrow<BFloatFormat>(path);
    }

    /// <summary>The table of this process.</summary>
    /// <exception cref="InvalidOperationException"><c>TESSERA_KERNELS</c> names no path, or one that this processor lacks.</exception>
    public static KernelTable Process => Chosen.Value;

    /// <summary>Which path this is.</summary>
    public KernelPath Path { get; }

    /// <summary>The path in a line, for people.</summary>
    public string Description => Path switch
    {
        KernelPath.Scalar => "scalar",
        KernelPath.Vector128 => "128-bit vectors",
        KernelPath.Avx2 => "avx2",
        KernelPath.AvxVnni => "avx2 + avx-vnni",
        KernelPath.Avx512 => "avx512",
        _ => _assembled![2 * (int)IntegerSource.Bytes].Value is null ? "avx512 (assembled kernels refused by the system)" : "avx512 + assembled vnni",
    };

    /// <summary>Computes rows of a <see cref="FloatBlock"/>.</summary>
    public delegate*<FloatBlock*, int, void> Float { get; }

    /// <summary>The same with halves as B, for few rows.</summary>
    public delegate*<FloatBlock*, int, void> FloatOfHalves { get; }

    /// <summary>The same with BF16 numbers as B.</summary>
    public delegate*<FloatBlock*, int, void> FloatOfBFloats { get; }

    /// <summary>
    /// Whether a product of so many rows reads a kind's panels as they are; otherwise the tile that its kernel reads instead. Both give the
    /// same bits.
    /// </summary>
    public bool ReadsPanels(PanelKind kind, bool wide, int rows, out IntegerSource source)
    {
        source = kind switch
        {
            PanelKind.Bytes => IntegerSource.Bytes,
            PanelKind.Nibbles => IntegerSource.Nibbles,
            PanelKind.NibblesMin => IntegerSource.NibblesMin,
            PanelKind.Five => IntegerSource.Five,
            PanelKind.FiveMin => IntegerSource.FiveMin,
            PanelKind.Super4 => IntegerSource.Super4,
            PanelKind.Super5 => IntegerSource.Super5,
            _ => IntegerSource.Super6,
        };
        const int TileRows = 64; // with so many rows the tile pays for itself, where unpacking takes more than masks (Zen 4)
        var isAssembled = _assembled?[Index(source, wide)].Value is not null;
        if (source <= IntegerSource.NibblesMin || (isAssembled && rows < TileRows)) return true;
        source = source switch
        {
            IntegerSource.Five => IntegerSource.Symmetric,
            IntegerSource.Super4 => IntegerSource.SmallMinimum,
            IntegerSource.Super6 => IntegerSource.Sixteen,
            _ => IntegerSource.Minimum,
        };
        return false;
    }

    /// <summary>Computes rows of an <see cref="IntegerBlock"/>.</summary>
    public void Integer(IntegerSource source, bool wide, IntegerBlock* block, int rows)
    {
        var index = Index(source, wide);
        if (_assembled?[index].Value is { } assembled) assembled.Run(block, rows);
        else if (_integer[index] != 0) ((delegate*<IntegerBlock*, int, void>)_integer[index])(block, rows);
        else ScalarIntegerKernel.Run(block, rows, source, wide);
    }

    /// <summary>Makes the kernels of a kind now, so that a model's first product does not wait for it.</summary>
    public void Prepare(PanelKind kind, bool wide) => ReadsPanels(kind, wide, 1, out _);

    private static int Index(IntegerSource source, bool wide) => 2 * (int)source + (wide ? 1 : 0);

    /// <summary>The table of a path.</summary>
    public static KernelTable Of(KernelPath path) => Tables[(int)path].Value;

    /// <summary>Whether a path can run here.</summary>
    public static bool IsSupported(KernelPath path) => path switch
    {
        KernelPath.Scalar or KernelPath.Vector128 => true,
        KernelPath.Avx2 => Avx2.IsSupported && Fma.IsSupported,
        KernelPath.AvxVnni => AvxVnni.IsSupported && Fma.IsSupported,
        KernelPath.Avx512 => Avx512BW.IsSupported,
        _ => IsSupported(KernelPath.Avx512) && HasAvx512Vnni && Environment.GetEnvironmentVariable("TESSERA_ASSEMBLED_KERNELS") != "0",
    };

    // Leaf 7, ECX bit 11 (Intel SDM 2A, CPUID). That AVX-512 is supported says that the system saves the registers.
    private static bool HasAvx512Vnni => X86Base.X64.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 && (X86Base.CpuId(7, 0).Ecx & 1 << 11) != 0;

    private static delegate*<FloatBlock*, int, void> FindNarrow<TFormat>(KernelPath path) where TFormat : struct, IFloatFormat => path switch
    {
        KernelPath.Scalar => &FloatKernel<FloatScalar, float, TFormat>.Run,
        KernelPath.Vector128 => &FloatKernel<Float128, Vector128<float>, TFormat>.Run,
        KernelPath.Avx2 or KernelPath.AvxVnni => &FloatKernel<Float256, Vector256<float>, TFormat>.Run,
        _ => &FloatKernel<Float512, Vector512<float>, TFormat>.Run,
    };

    private static KernelTable Choose()
    {
        var forced = Environment.GetEnvironmentVariable("TESSERA_KERNELS");
        if (string.IsNullOrEmpty(forced))
            return Of(Enum.GetValues<KernelPath>().Reverse().First(IsSupported));

        KernelPath path = forced switch
        {
            "scalar" => KernelPath.Scalar,
            "v128" => KernelPath.Vector128,
            "avx2" => KernelPath.Avx2,
            "avxvnni" => KernelPath.AvxVnni,
            "avx512" => KernelPath.Avx512,
            "assembled" => KernelPath.Assembled,
            _ => throw new InvalidOperationException($"TESSERA_KERNELS={forced} names no kernels; use scalar, v128, avx2, avxvnni, avx512 or assembled."),
        };
        return IsSupported(path) ? Of(path) : throw new InvalidOperationException($"TESSERA_KERNELS={forced} asks for kernels that this processor can't run.");
    }
}
