using Tessera.Models.Attention;
using Tessera.Models.State;
using Tessera.Tensors;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Tests.Attention;

/// <summary>Chosen slots, and keys that are stored raw and turned when they are read.</summary>
public unsafe class RawKeyAttentionTests
{
    private static readonly RotaryTable Table = new(new RotarySettings { Theta = 10000, RotatedSize = 16 });

    [Fact]
    public void ChosenSlotsGiveTheTwinsResult()
    {
        var fixture = new AttentionFixture(90, 4, 2, 16);
        int[][] lists = [[0, 3, 4, 70, 84], [.. Enumerable.Range(20, 50)]];
        using var state = fixture.NewState();
        fixture.Run(state, 0, 85);
        var actual = fixture.Run(state, 85, 5, RowVisibility.FromSlots(lists));
        for (var kv = 0; kv < 2; kv++)
        {
            var expected = fixture.Twin((row, key) => key >= 85 ? key <= row : lists[kv].Contains(key), (_, _, _, dot) => dot * 0.3f);
            for (var row = 85; row < 90; row++)
                AttentionFixture.ShouldBeClose(actual.AsSpan((row - 85) * 64 + kv * 32, 32), expected.AsSpan(row * 64 + kv * 32, 32));
        }

        Should.Throw<ArgumentException>(() => fixture.Run(state, 85, 5, RowVisibility.FromSlots([[90]])));
        Should.Throw<ArgumentException>(() => RowVisibility.FromSlots([[3, 3]]));
        state.Length.ShouldBe(90);
    }

    [Fact]
    public void AllSlotsAsAListHaveTheBitsOfTheOrdinaryRun()
    {
        var fixture = new AttentionFixture(80, 4, 2, 16);
        using var a = fixture.NewState();
        fixture.Run(a, 0, 77);
        using var b = a.Fork();
        AttentionFixture.ShouldBeSameBits(fixture.Run(b, 77, 3, RowVisibility.FromSlots([[.. Enumerable.Range(0, 77)]])), fixture.Run(a, 77, 3));
    }

    [Theory]
    [InlineData(TensorFormat.F32)]
    [InlineData(TensorFormat.F16)]
    public void RawKeysGiveWhatTurnedKeysGive(TensorFormat format)
    {
        var options = new KeyValueOptions { KeyFormat = format, ValueFormat = format };
        var raw = new AttentionFixture(60, 4, 2, 16) { Options = options };
        var turned = new AttentionFixture(60, 4, 2, 16) { Options = options };
        Turn(turned, row => row);
        using var rawState = new KeyValueState(2, 16, options: options) { Rotation = Table };
        using var state = turned.NewState();
        var actual = raw.Run(rawState, 0, 50).Concat(raw.Run(rawState, 50, 10)).ToArray();
        var expected = turned.Run(state, 0, 60);
        if (format == TensorFormat.F32) AttentionFixture.ShouldBeSameBits(actual, expected);
        else for (var i = 0; i < actual.Length; i++) actual[i].ShouldBe(expected[i], 2e-3);
    }

    [Fact]
    public void RenumberedSlotsAreReadAtTheirPlaceInTheList()
    {
        // What is chosen reads like a text of its own.
        var raw = new AttentionFixture(40, 2, 1, 16);
        int[] list = [0, 1, 9, 30, 34];
        using var state = new KeyValueState(1, 16, options: KeyValueOptions.Full) { Rotation = Table, Renumbers = true };
        raw.Run(state, 0, 38);
        var actual = raw.Run(state, 38, 2, RowVisibility.FromSlots([list]));

        int[] text = [.. list, 38, 39];
        var own = new AttentionFixture(7, 2, 1, 16);
        for (var i = 0; i < 7; i++)
        {
            raw.Q.AsSpan(text[i] * 32, 32).CopyTo(own.Q.AsSpan(i * 32));
            raw.K.AsSpan(text[i] * 16, 16).CopyTo(own.K.AsSpan(i * 16));
            raw.V.AsSpan(text[i] * 16, 16).CopyTo(own.V.AsSpan(i * 16));
        }

        Turn(own, row => row);
        using var ownState = own.NewState();
        AttentionFixture.ShouldBeSameBits(actual, own.Run(ownState, 0, 7).AsSpan(5 * 32));
    }

    [Fact]
    public void RebasingWithTheModelsRotationEqualsTurningAtTheNewPosition()
    {
        var fixture = new AttentionFixture(9, 1, 1, 16);
        var scaled = new RotaryTable(new RotarySettings { Theta = 10000, RotatedSize = 16, Scaling = RotaryScaling.Yarn, Factor = 4, OriginalMaxPositions = 64 });
        Turn(fixture, row => 3 * row + 1, scaled);
        using var state = fixture.NewState();
        state.Append(fixture.K, fixture.V, [.. Enumerable.Range(0, 9).Select(r => 3 * r + 1)]);
        state.Rebase(0, [0, 1, 2, 3, 4, 5, 6, 7, 99], scaled);
        var expected = new AttentionFixture(9, 1, 1, 16);
        Turn(expected, row => row == 8 ? 99 : row, scaled);
        var key = new float[16];
        for (var slot = 0; slot < 9; slot++)
        {
            state.ReadKey(0, slot, key);
            for (var i = 0; i < 16; i++) key[i].ShouldBe(expected.K[slot * 16 + i], 2e-5);
        }
    }

    [Fact]
    public void DotsAreTheProductsWithAllKeys()
    {
        var fixture = new AttentionFixture(70, 2, 2, 16);
        using var state = fixture.NewState();
        fixture.Run(state, 0, 70);
        var scores = new float[2 * 70];
        AttentionOperation.Dot(state, 1, fixture.Q.AsSpan(0, 32), scores);
        for (var q = 0; q < 2; q++)
        {
            for (var slot = 0; slot < 70; slot++)
            {
                var expected = 0.0;
                for (var i = 0; i < 16; i++) expected += (double)fixture.Q[q * 16 + i] * fixture.K[(slot * 2 + 1) * 16 + i];
                scores[q * 70 + slot].ShouldBe((float)expected, 1e-5);
            }
        }
    }

    [Fact]
    public void RenumberingWithoutARotationIsRefused()
    {
        var fixture = new AttentionFixture(3, 1, 1, 16);
        using var state = new KeyValueState(1, 16) { Renumbers = true };
        Should.Throw<ArgumentException>(() => fixture.Run(state, 0, 3));
    }

    private static void Turn(AttentionFixture f, Func<int, int> position, RotaryTable? table = null)
    {
        table ??= Table;
        table.Reach(200);
        fixed (float* q = f.Q, k = f.K)
        {
            for (var row = 0; row < f.Rows; row++)
            {
                table.Rotate(q + row * f.Heads * f.HeadSize, f.Heads, f.HeadSize, position(row));
                table.Rotate(k + row * f.KvHeads * f.HeadSize, f.KvHeads, f.HeadSize, position(row));
            }
        }
    }
}
