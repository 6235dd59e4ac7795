using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// The kernels of one path. The process's table is chosen once, by what the processor has; the environment variable
/// <c>TESSERA_KERNELS</c> = <c>scalar</c>, <c>v128</c>, <c>avx2</c>, <c>avxvnni</c>, <c>avx512</c> or <c>assembled</c> forces a path, for
/// tests and measurements. This is the only place that asks for instruction sets.
/// </summary>
internal sealed unsafe class KernelTable
{
    private static readonly Lazy<KernelTable> Chosen = new(Choose);
    private static readonly Lazy<KernelTable>[] Tables = [.. Enum.GetValues<KernelPath>().Select(p => new Lazy<KernelTable>(() => new KernelTable(p)))];

    private readonly nint[] _integer = new nint[2 * Enum.GetValues<IntegerSource>().Length]; // function pointers; 0: the scalar kernel

    private KernelTable(KernelPath path)
    {
        Path = path;
        foreach (var source in Enum.GetValues<IntegerSource>())
        {
            if (path == KernelPath.Scalar) break;
            _integer[2 * (int)source] = (nint)IntegerKernels.Find(path, source, false);
            _integer[2 * (int)source + 1] = (nint)IntegerKernels.Find(path, source, true);
        }

        Float = path switch
        {
            KernelPath.Scalar => &FloatKernel<FloatScalar, float>.Run,
            KernelPath.Vector128 => &FloatKernel<Float128, Vector128<float>>.Run,
            KernelPath.Avx2 or KernelPath.AvxVnni => &FloatKernel<Float256, Vector256<float>>.Run,
            _ => &FloatKernel512.Run,
        };
    }

    /// <summary>The table of this process.</summary>
    /// <exception cref="InvalidOperationException"><c>TESSERA_KERNELS</c> names no path, or one that this processor lacks.</exception>
    public static KernelTable Process => Chosen.Value;

    /// <summary>Which path this is.</summary>
    public KernelPath Path { get; }

    /// <summary>Computes rows of a <see cref="FloatBlock"/>.</summary>
    public delegate*<FloatBlock*, int, void> Float { get; }

    /// <summary>Computes rows of an <see cref="IntegerBlock"/>.</summary>
    public void Integer(IntegerSource source, bool wide, IntegerBlock* block, int rows)
    {
        var kernel = _integer[2 * (int)source + (wide ? 1 : 0)];
        if (kernel != 0) ((delegate*<IntegerBlock*, int, void>)kernel)(block, rows);
        else ScalarIntegerKernel.Run(block, rows, source, wide);
    }

    /// <summary>The table of a path.</summary>
    public static KernelTable Of(KernelPath path) => Tables[(int)path].Value;

    /// <summary>Whether a path can run here.</summary>
    public static bool IsSupported(KernelPath path) => path switch
    {
        KernelPath.Scalar or KernelPath.Vector128 => true,
        KernelPath.Avx2 => Avx2.IsSupported && Fma.IsSupported,
        KernelPath.AvxVnni => AvxVnni.IsSupported && Fma.IsSupported,
        KernelPath.Avx512 => Avx512BW.IsSupported,
        _ => false,
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
