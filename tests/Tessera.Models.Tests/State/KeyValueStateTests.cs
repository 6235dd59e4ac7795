using Tessera.Models.State;
using Tessera.Tensors;

namespace Tessera.Models.Tests.State;

public sealed class KeyValueStateTests : IDisposable
{
    private readonly PagePool _pool = new();

    public void Dispose() => _pool.Dispose();

    [Theory]
    [InlineData(TensorFormat.F32, 0)]
    [InlineData(TensorFormat.F16, 5e-4)]
    [InlineData(TensorFormat.Q8_0, 0.0045)] // half a step of 1/127, and the rounding of the scale to F16
    [InlineData(TensorFormat.Q4_0, 0.126)] // a whole step of 1/8: of the sign that the scale does not have, only 7 steps fit
    public void RowsReadBackAsTheirFormatRoundsThem(TensorFormat format, double tolerance)
    {
        using var state = New(format, 2, 64);
        var (keys, values) = Fill(state, 0, 70);
        var row = new float[64];
        for (var slot = 0; slot < 70; slot++)
        {
            state.ReadKey(1, slot, row);
            for (var i = 0; i < 64; i++) row[i].ShouldBe(keys[(slot * 2 + 1) * 64 + i], tolerance);
            state.ReadValue(1, slot, row);
            for (var i = 0; i < 64; i++) row[i].ShouldBe(values[(slot * 2 + 1) * 64 + i], tolerance);
            state.TokenOf(1, slot).ShouldBe(slot);
            state.PositionOf(0, slot).ShouldBe(slot);
        }
    }

    [Fact]
    public void QuantisedBlocksAreTheWorkedExamples()
    {
        // Q8_0 with maximum 1.27 has scale 0.01: 0.333 becomes 33. Q4_0 with largest element -0.8 has scale 0.1: 0.33 becomes 3.
        var row = new float[32];
        (row[0], row[1]) = (1.27f, 0.333f);
        using var eight = New(TensorFormat.Q8_0, 1, 32);
        eight.Append(row, row, [0]);
        (row[0], row[1]) = (-0.8f, 0.33f);
        using var four = New(TensorFormat.Q4_0, 1, 32);
        four.Append(row, row, [0]);
        eight.ReadKey(0, 0, row);
        row[1].ShouldBe(0.33f, 1e-3);
        four.ReadValue(0, 0, row);
        row[1].ShouldBe(0.3f, 1e-3);
        row[0].ShouldBe(-0.8f, 1e-3);
    }

    [Fact]
    public void AForkSharesPagesUntilOneOfTheTwoWrites()
    {
        using var state = New(TensorFormat.F16, 2, 32);
        Fill(state, 0, 40);
        var held = _pool.RentedBytes;
        using (var fork = state.Fork())
        {
            _pool.RentedBytes.ShouldBe(held);
            Fill(fork, 100, 1);
            _pool.RentedBytes.ShouldBe(held + held / 2); // one new page of two, for each head
            fork.Length.ShouldBe(41);
            state.Length.ShouldBe(40);
            Fill(state, 7, 1);
            var (a, b) = (new float[32], new float[32]);
            state.ReadKey(0, 40, a);
            fork.ReadKey(0, 40, b);
            a.ShouldNotBe(b);
        }

        state.Clear();
        _pool.RentedBytes.ShouldBe(0);
        _pool.HeldBytes.ShouldBeGreaterThan(0);
        _pool.Trim();
        _pool.HeldBytes.ShouldBe(0);
    }

    [Fact]
    public void TruncateForgetsTheLastTokens()
    {
        using var state = New(TensorFormat.F32, 2, 8);
        Fill(state, 0, 50);
        state.Truncate(33);
        (state.Length, state.SlotCount(1)).ShouldBe((33, 33));
        Should.Throw<ArgumentOutOfRangeException>(() => state.Truncate(34));
        Fill(state, 5, 2);
        state.TokenOf(0, 34).ShouldBe(34);
    }

    [Fact]
    public void ARaggedStateTruncatesByToken()
    {
        using var state = New(TensorFormat.F32, 2, 8);
        Fill(state, 0, 50);
        state.Compact(new KeepPlan([[0, 1, 30, 49], [2, 40, 41, 48, 49]]));
        state.Uniform.ShouldBeFalse();
        state.Truncate(41);
        (state.SlotCount(0), state.SlotCount(1), state.Length).ShouldBe((3, 2, 41));
        Fill(state, 0, 1);
        (state.TokenOf(0, 3), state.TokenOf(1, 2)).ShouldBe((41, 41));
    }

    [Fact]
    public void CompactKeepsStoredBitsAndMayReplaceRows()
    {
        using var state = New(TensorFormat.Q4_0, 1, 32);
        Fill(state, 0, 100);
        var (before, after) = (new float[32], new float[32]);
        state.ReadKey(0, 97, before);
        using var twin = state.Fork();
        var values = new float[33 * 32];
        values[32 * 32] = 8f;
        state.Compact(new KeepPlan([[.. Enumerable.Range(0, 32), 97]]) { Values = [values] });
        state.ReadKey(0, 32, after);
        after.ShouldBe(before);
        state.ReadValue(0, 32, after);
        after[0].ShouldBe(8f);
        state.PositionOf(0, 32).ShouldBe(97);
        twin.SlotCount(0).ShouldBe(100);
        twin.ReadValue(0, 97, after);
        after[0].ShouldNotBe(8f);
    }

    [Fact]
    public void APlanThatDoesNotFitIsRefusedAndChangesNothing()
    {
        using var state = New(TensorFormat.F32, 2, 8);
        Fill(state, 0, 10);
        int[] good = [1, 2];
        foreach (var bad in new int[][] { [], [2, 1], [1, 1], [-1], [10] })
        {
            Should.Throw<ArgumentException>(() => state.Compact(new KeepPlan([good, bad])));
        }

        Should.Throw<ArgumentException>(() => state.Compact(new KeepPlan([good])));
        Should.Throw<ArgumentException>(() => state.Compact(new KeepPlan([good, good]) { Keys = [new float[3], null] }));
        (state.SlotCount(0), state.SlotCount(1), state.Uniform).ShouldBe((10, 10, true));
    }

    [Fact]
    public void APoolWithALimitRefusesAndTheStateStaysAsItWas()
    {
        using var probe = New(TensorFormat.F32, 1, 16);
        Fill(probe, 0, 1);
        using var pool = new PagePool(3 * probe.Bytes);
        using var state = new KeyValueState(2, 16, options: KeyValueOptions.Full, pool: pool);
        Fill(state, 0, 32);
        Should.Throw<ResourceLimitException>(() => Fill(state, 0, 1)).Allowed.ShouldBe(3 * probe.Bytes);
        (state.Length, state.SlotCount(0), state.SlotCount(1)).ShouldBe((32, 32, 32));
        state.Truncate(31);
        Fill(state, 0, 1);
    }

    [Fact]
    public void RebaseTurnsKeysToTheirNewPositions()
    {
        using var state = New(TensorFormat.F32, 1, 2);
        state.Append([MathF.Cos(5), MathF.Sin(5), 1, 0], [0, 0, 0, 0], [5, 9]);
        using var twin = state.Fork();
        state.Rebase(0, [2, 9], Rotate);
        var key = new float[2];
        state.ReadKey(0, 0, key);
        key[0].ShouldBe(-0.4161f, 1e-4);
        key[1].ShouldBe(0.9093f, 1e-4);
        (state.PositionOf(0, 0), state.PositionOf(0, 1), twin.PositionOf(0, 0)).ShouldBe((2, 9, 5));
        using var quantised = New(TensorFormat.Q8_0, 1, 32);
        Fill(quantised, 0, 1);
        Should.Throw<NotSupportedException>(() => quantised.Rebase(0, [1], Rotate)).Message.ShouldContain("Rebase");

        static void Rotate(Span<float> key, int from, int to)
        {
            var (s, c) = MathF.SinCos(to - from);
            (key[0], key[1]) = (key[0] * c - key[1] * s, key[0] * s + key[1] * c);
        }
    }

    [Fact]
    public void AccumulatorsFollowTheirSlots()
    {
        using var state = new KeyValueState(1, 8, options: new KeyValueOptions { Accumulators = true }, pool: _pool);
        Fill(state, 0, 4);
        state.AddToAccumulators(0, [2.5f, 0.7f, 0.6f, 0.2f]);
        using var twin = state.Fork();
        state.Compact(KeepPlan.Same(1, [0, 2, 3]));
        Fill(state, 0, 1);
        state.AddToAccumulators(0, [0.3f, 0.1f, 0.4f, 0.2f], decay: 0.5f);
        var sums = new float[4];
        state.ReadAccumulators(0, sums);
        sums.ShouldBe([1.55f, 0.4f, 0.5f, 0.2f], 1e-6);
        twin.ReadAccumulators(0, sums);
        sums.ShouldBe([2.5f, 0.7f, 0.6f, 0.2f], 1e-6);
        using var without = New(TensorFormat.F32, 1, 8);
        Should.Throw<InvalidOperationException>(() => without.AddToAccumulators(0, []));
    }

    [Fact]
    public void SnapshotsRestoreAndSavedStatesReadBack()
    {
        using var state = New(TensorFormat.Q8_0, 2, 32);
        Fill(state, 0, 45);
        state.Compact(new KeepPlan([[1, 2, 44], [0, 7, 8, 44]]));
        using var snapshot = state.Snapshot();
        using var stream = new MemoryStream();
        state.Save(stream);
        Fill(state, 3, 9);
        state.Restore(snapshot);
        state.Length.ShouldBe(45);
        using var loaded = New(TensorFormat.Q8_0, 2, 32);
        stream.Position = 0;
        loaded.Load(stream);
        foreach (var other in new[] { state, loaded })
        {
            (other.Length, other.SlotCount(0), other.SlotCount(1), other.Uniform, other.Ordered).ShouldBe((45, 3, 4, false, true));
            other.TokenOf(1, 1).ShouldBe(7);
            var (a, b) = (new float[32], new float[32]);
            other.ReadKey(1, 3, a);
            ((KeyValueState)snapshot).ReadKey(1, 3, b);
            a.ShouldBe(b);
        }
    }

    [Fact]
    public void EveryCutOrChangedStreamIsRefusedAndChangesNothing()
    {
        using var state = New(TensorFormat.F16, 1, 8);
        Fill(state, 0, 40);
        using var stream = new MemoryStream();
        state.Save(stream);
        var bytes = stream.ToArray();
        using var target = New(TensorFormat.F16, 1, 8);
        Fill(target, 1, 3);
        foreach (var length in new[] { 0, 3, 31, 33, 36, 40, bytes.Length - 1 })
            Should.Throw<MalformedInputException>(() => target.Load(new MemoryStream(bytes, 0, length)));
        for (var field = 0; field < 9; field++)
        {
            foreach (var value in new[] { int.MinValue, -1, 2, 39, int.MaxValue })
            {
                var changed = (byte[])bytes.Clone();
                BitConverter.TryWriteBytes(changed.AsSpan(field * 4), value);
                if (field == 7 && value == int.MaxValue || field == 8 && value is 2 or 39) continue; // a longer text, or fewer slots: not wrong in itself
                Should.Throw<MalformedInputException>(() => target.Load(new MemoryStream(changed)), $"field {field} = {value}");
            }
        }

        (target.Length, target.SlotCount(0)).ShouldBe((3, 3));
        _pool.RentedBytes.ShouldBe(state.Bytes + target.Bytes);
    }

    [Fact]
    public void FormatsThatDoNotFitAreRefused()
    {
        Should.Throw<ArgumentException>(() => New(TensorFormat.Q8_0, 1, 48)).Message.ShouldContain("48");
        Should.Throw<ArgumentException>(() => New(TensorFormat.Q4_K, 1, 64)).Message.ShouldContain("Q4_K");
        Should.Throw<ArgumentOutOfRangeException>(() => New(TensorFormat.F32, 0, 64));
        Should.Throw<ArgumentException>(() => New(TensorFormat.F32, 1, 4).Append([1, 2, 3], [1, 2, 3, 4], [0]));
    }

    [Fact]
    public void ACrossMemoryIsSharedAndCannotBeTruncated()
    {
        var contents = New(TensorFormat.F32, 1, 8);
        Fill(contents, 0, 20);
        using var memory = new CrossMemory(contents);
        using var fork = memory.Fork();
        fork.Length.ShouldBe(20);
        _pool.RentedBytes.ShouldBe(memory.Bytes);
        Should.Throw<NotSupportedException>(() => memory.Truncate(3)).Message.ShouldContain("Truncate");
    }

    private KeyValueState New(TensorFormat format, int heads, int size) =>
        new(heads, size, options: new KeyValueOptions { KeyFormat = format, ValueFormat = format }, pool: _pool);

    private static (float[] Keys, float[] Values) Fill(KeyValueState state, int seed, int rows)
    {
        var random = new Random(seed);
        float[] Floats(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1))];
        var (keys, values) = (Floats(rows * state.Heads * state.HeadSize), Floats(rows * state.Heads * state.ValueSize));
        state.Append(keys, values, [.. Enumerable.Range(state.Length, rows)]);
        return (keys, values);
    }
}
