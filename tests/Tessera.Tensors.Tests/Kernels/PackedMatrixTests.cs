using Tessera.Tensors.Formats;
using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;

namespace Tessera.Tensors.Tests.Kernels;

public sealed class PackedMatrixTests
{
    private static readonly ComputePool Pool = new(2);

    public static TheoryData<TensorFormat> Formats() => [.. TestMatrices.IntegerFormats.Concat(TestMatrices.FloatFormats)];

    [Theory]
    [MemberData(nameof(Formats))]
    public void ARowComesBackAsTheFormatDefinesIt(TensorFormat format)
    {
        var weights = TestMatrices.Weights(format, 21, 512);
        using var matrix = PackedMatrix.Pack(weights, Pool);
        var (row, expected) = (new float[512], new float[512]);
        for (var r = 0; r < 21; r++)
        {
            matrix.CopyRowTo(r, row);
            weights.CopyRowTo(r, expected);
            row.ShouldBe(expected, $"row {r}");
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void PackingCostsAtMostThreePercent(TensorFormat format)
    {
        var weights = TestMatrices.Weights(format, 32, 512);
        using var matrix = PackedMatrix.Pack(weights, Pool);
        matrix.ByteLength.ShouldBeLessThanOrEqualTo(weights.ByteLength * 103 / 100);
        (matrix.Rows, matrix.Columns, matrix.Format).ShouldBe((32, 512, format));
    }

    [Fact]
    public void HalvesWidenExactlyAllOfThem()
    {
        var weights = Tensor.Create(TensorFormat.F16, 256, 256);
        unsafe
        {
            for (var i = 0; i < 65536; i++) ((ushort*)weights.Data)[i] = (ushort)i;
        }

        using var matrix = PackedMatrix.Pack(weights, Pool);
        var row = new float[256];
        for (var r = 0; r < 256; r++)
        {
            matrix.CopyRowTo(r, row);
            for (var k = 0; k < 256; k++)
            {
                var expected = (float)BitConverter.UInt16BitsToHalf((ushort)(r * 256 + k));
                if (float.IsNaN(expected)) row[k].ShouldBe(float.NaN);
                else BitConverter.SingleToInt32Bits(row[k]).ShouldBe(BitConverter.SingleToInt32Bits(expected));
            }
        }
    }

    [Fact]
    public void AnUpdateReplacesTheValuesAndKeepsTheShape()
    {
        var weights = TestMatrices.Weights(TensorFormat.F32, 19, 33);
        using var matrix = PackedMatrix.Pack(weights, Pool);
        var changed = TestMatrices.Weights(TensorFormat.F32, 19, 33, 99);
        matrix.Update(changed, Pool);
        var row = new float[33];
        matrix.CopyRowTo(18, row);
        row.ShouldBe(changed.ToArray()[(18 * 33)..]);
        Should.Throw<ArgumentException>(() => matrix.Update(TestMatrices.Weights(TensorFormat.F32, 19, 32), Pool));
        Should.Throw<ArgumentException>(() => matrix.Update(TestMatrices.Weights(TensorFormat.F16, 19, 33), Pool));
    }

    [Fact]
    public void RowsOutsideTheMatrixAreRefused()
    {
        using var matrix = PackedMatrix.Pack(TestMatrices.Weights(TensorFormat.F32, 5, 8), Pool);
        Should.Throw<ArgumentOutOfRangeException>(() => matrix.CopyRowTo(5, new float[8]));
        Should.Throw<ArgumentOutOfRangeException>(() => matrix.CopyRowTo(-1, new float[8]));
        Should.Throw<ArgumentException>(() => matrix.CopyRowTo(0, new float[7]));
    }
}
