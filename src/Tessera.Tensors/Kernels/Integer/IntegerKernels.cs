using System.Runtime.Intrinsics;
using Even256 = Tessera.Tensors.Kernels.EvenOdd<System.Runtime.Intrinsics.Vector256<short>>;
using Even512 = Tessera.Tensors.Kernels.EvenOdd<System.Runtime.Intrinsics.Vector512<short>>;

namespace Tessera.Tensors.Kernels;

/// <summary>The intrinsics kernels by path, source and width of the activations.</summary>
internal static unsafe class IntegerKernels
{
    /// <summary>The kernel of a path other than the scalar one; null for sources that these kernels do not read.</summary>
    public static delegate*<IntegerBlock*, int, void> Find(KernelPath path, IntegerSource source, bool wide) =>
        wide ? Find<WideActivations>(path, source) : Find<NarrowActivations>(path, source);

    private static delegate*<IntegerBlock*, int, void> Find<TA>(KernelPath path, IntegerSource source) where TA : struct, IActivationWidth => source switch
    {
        IntegerSource.Symmetric => Find<SymmetricFormat, TA>(path, false),
        IntegerSource.Sixteen => Find<SixteenFormat, TA>(path, false),
        IntegerSource.Minimum => Find<MinimumFormat, TA>(path, false),
        IntegerSource.SmallMinimum => Find<MinimumFormat, TA>(path, true),
        IntegerSource.Bytes => Find<BytesFormat, TA>(path, false),
        IntegerSource.Nibbles => Find<NibblesFormat, TA>(path, true),
        IntegerSource.NibblesMin => Find<NibblesMinFormat, TA>(path, true),
        _ => null, // made into a tile first
    };

    private static delegate*<IntegerBlock*, int, void> Find<TF, TA>(KernelPath path, bool small)
        where TF : struct, IIntegerFormat
        where TA : struct, IActivationWidth => path switch
    {
        KernelPath.Vector128 => &IntegerKernel<Integer128, Vector128<int>, Vector128<float>, Multiply128, FourBytes, FourBytes, TF, TA>.Run,
        KernelPath.AvxVnni => &IntegerKernel<Integer256, Vector256<int>, Vector256<float>, Vnni256, Vector256<byte>, Vector256<sbyte>, TF, TA>.Run,
        KernelPath.Avx2 when small => &IntegerKernel<Integer256, Vector256<int>, Vector256<float>, MaddSmall256, Vector256<byte>, Vector256<sbyte>, TF, TA>.Run,
        KernelPath.Avx2 => &IntegerKernel<Integer256, Vector256<int>, Vector256<float>, MaddWide256, Even256, Even256, TF, TA>.Run,
        _ when small => &IntegerKernel<Integer512, Vector512<int>, Vector512<float>, MaddSmall512, Vector512<byte>, Vector512<sbyte>, TF, TA>.Run,
        _ => &IntegerKernel<Integer512, Vector512<int>, Vector512<float>, MaddWide512, Even512, Even512, TF, TA>.Run,
    };
}
