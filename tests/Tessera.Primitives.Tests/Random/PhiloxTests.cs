namespace Tessera.Primitives.Tests.Random;

public sealed class PhiloxTests
{
    // Known answers of the authors' library Random123, version 1.09, file kat_vectors.
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void TheAuthorsVectorsAreReproduced(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint x0, uint x1, uint x2, uint x3) =>
        Philox.Block((c0, c1, c2, c3), (k0, k1)).ShouldBe((x0, x1, x2, x3));

    [Fact]
    public void EveryBitOfCounterAndKeyChangesAboutHalfOfTheOutput()
    {
        var plain = Bits(Philox.Block((1, 2, 3, 4), (5, 6)));
        for (var bit = 0; bit < 192; bit++)
        {
            uint[] words = [1, 2, 3, 4, 5, 6];
            words[bit / 32] ^= 1u << (bit % 32);
            var changed = UInt128.PopCount(plain ^ Bits(Philox.Block((words[0], words[1], words[2], words[3]), (words[4], words[5]))));
            ((int)changed).ShouldBeInRange(34, 94, $"bit {bit}"); // 64 ± 30, more than five standard deviations
        }
    }

    private static UInt128 Bits((uint X0, uint X1, uint X2, uint X3) words) =>
        new((ulong)words.X3 << 32 | words.X2, (ulong)words.X1 << 32 | words.X0);
}
