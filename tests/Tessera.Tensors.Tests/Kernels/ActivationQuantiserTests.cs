using Tessera.Tensors.Kernels;

namespace Tessera.Tensors.Tests.Kernels;

public sealed unsafe class ActivationQuantiserTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheVectorVersionGivesTheScalarBits(bool wide)
    {
        float[] extremes = [0, -0f, 1, -1, 127, -127, 0.5f, 1.5f, 2.5f, 1e-40f, 1e-33f, 1e38f, float.MaxValue, float.NaN, float.NegativeInfinity, float.Epsilon];
        var key = new RandomKey(3, 0, 0, RandomPurpose.Initialise);
        for (var round = 0u; round < 500; round++)
        {
            var x = TestMatrices.Numbers(96, 100 + round, Math.Pow(10, round % 60 - 30.0));
            if (round % 3 == 1)
            {
                for (var i = 0u; i < 40; i++) x[key.Below(64, 100 * round + 2 * i)] = extremes[key.Below(extremes.Length, 100 * round + 2 * i + 1)];
            }

            var bytes = (int)ActivationLayout.RowBytes(96, wide);
            var (vector, scalar) = (new byte[bytes], new byte[bytes]);
            fixed (float* px = x)
            {
                fixed (byte* pv = vector, ps = scalar)
                {
                    ActivationQuantiser.Row(px, 96, pv, wide);
                    ActivationQuantiser.RowScalar(px, 96, ps, wide);
                }
            }

            vector.ShouldBe(scalar, $"round {round}");
        }
    }
}
