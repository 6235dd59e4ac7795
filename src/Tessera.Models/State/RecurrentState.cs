using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Tessera.Tensors;

namespace Tessera.Models.State;

/// <summary>
/// The state of a recurrent layer (Mamba): the last inputs of a short causal convolution and a block of floats, both F32 and of a fixed
/// size. What the floats mean is the layer's business. A recurrence can't be run backwards, so the state keeps copies: of what it was before
/// the last pass, so that a pass that fails elsewhere can be taken back, and of a chosen number of last tokens.
/// </summary>
public sealed unsafe class RecurrentState : LayerState
{
    private const uint Magic = 0x31535254; // "TRS1"
    private readonly int _depth; // how many input rows are kept
    private readonly NativeBuffer _buffer; // inputs of the last tokens, inputs of a running pass, inputs before the last pass, states
    private readonly int[] _lengths; // after how many tokens each state was; -1 for none
    private int _length;
    private int _reach; // how many tokens can be taken back one by one
    private int _beforePass; // the length before the last pass

    /// <summary>Creates the state before the first token: all zeros.</summary>
    /// <param name="channels">Floats of a convolution input.</param>
    /// <param name="window">How many last inputs the convolution needs, its own taps; 0 where there is none.</param>
    /// <param name="size">Floats of the recurrent part.</param>
    /// <param name="rollback">How many tokens <see cref="Truncate"/> can take back one by one; each costs a copy of the state.</param>
    public RecurrentState(int channels, int window, int size, int rollback = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        ArgumentOutOfRangeException.ThrowIfNegative(window);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        ArgumentOutOfRangeException.ThrowIfNegative(rollback);
        (Channels, Window, Size, Rollback) = (channels, window, size, rollback);
        _depth = checked(window + rollback);
        _lengths = new int[checked(rollback + 2)];
        _lengths.AsSpan(1).Fill(-1);
        _buffer = new NativeBuffer(checked((InputFloats + (long)_lengths.Length * size) * sizeof(float)));
    }

    /// <summary>Floats of a convolution input.</summary>
    public int Channels { get; }

    /// <summary>How many last inputs the convolution needs.</summary>
    public int Window { get; }

    /// <summary>Floats of the recurrent part.</summary>
    public int Size { get; }

    /// <summary>How many tokens <see cref="Truncate"/> can take back one by one at most.</summary>
    public int Rollback { get; }

    /// <inheritdoc/>
    public override int Length => _length;

    /// <inheritdoc/>
    public override long Bytes => _buffer.ByteLength;

    private long InputFloats => ((long)_depth * 2 + Window) * Channels;

    /// <summary>The recurrent floats after the last token.</summary>
    public ReadOnlySpan<float> Recurrent => new(StateAfter(_length), Size);

    /// <summary>The last inputs of the convolution as [channels, window], oldest first; zeros stand for tokens before the first.</summary>
    public void ReadWindow(Span<float> target)
    {
        if (target.Length != Channels * Window) throw new ArgumentException($"The window has {Channels * Window} floats.", nameof(target));
        for (var i = 0; i < Window; i++)
        {
            var token = _length - Window + i;
            for (var c = 0; c < Channels; c++) target[c * Window + i] = token < 0 ? 0f : InputOf(token)[c];
        }
    }

    /// <summary>
    /// Takes back the last tokens: at most <see cref="Rollback"/> of those that were appended one after the other, or those of the last pass, or all.
    /// </summary>
    /// <param name="length">Tokens that stay.</param>
    /// <exception cref="NotSupportedException">The state of that moment is not kept.</exception>
    public override void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _length);
        if (length == _length) return;
        if (length == 0)
        {
            Clear();
        }
        else if (_length - length <= _reach && Array.IndexOf(_lengths, length) >= 0)
        {
            _reach -= _length - length;
            _length = length;
        }
        else if (length == _beforePass && Array.IndexOf(_lengths, length) >= 0)
        {
            for (var i = 0; i < Window; i++) CopyRow(Before(i), InputOf(Math.Max(0, length - Window) + i));
            (_length, _reach) = (length, 0);
        }
        else
        {
            throw Refusal(nameof(Truncate), $"It keeps the states of the last {_reach} tokens and the one before the last pass; {_length - length} tokens were to be taken back. Fork the state before the pass.");
        }
    }

    /// <inheritdoc/>
    public override RecurrentState Fork()
    {
        var fork = new RecurrentState(Channels, Window, Size, Rollback);
        fork.Restore(this);
        return fork;
    }

    /// <inheritdoc/>
    public override void Restore(LayerState snapshot)
    {
        if (snapshot is not RecurrentState other || (other.Channels, other.Window, other.Size, other.Rollback) != (Channels, Window, Size, Rollback))
            throw new ArgumentException("The snapshot has another layout.", nameof(snapshot));
        Buffer.MemoryCopy(other._buffer.Pointer, _buffer.Pointer, _buffer.ByteLength, other._buffer.ByteLength);
        other._lengths.CopyTo(_lengths, 0);
        (_length, _reach, _beforePass) = (other._length, other._reach, other._beforePass);
    }

    /// <inheritdoc/>
    public override void Clear()
    {
        NativeMemory.Clear(_buffer.Pointer, (nuint)_buffer.ByteLength);
        _lengths.AsSpan().Fill(-1);
        _lengths[0] = _length = _reach = _beforePass = 0;
    }

    /// <inheritdoc/>
    public override void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        WriteInts(stream, [unchecked((int)Magic), Channels, Window, Size, Rollback, _length, _reach, _beforePass, .. _lengths]);
        StateStream.Write(stream, _buffer.Pointer, _buffer.ByteLength);
    }

    /// <inheritdoc/>
    public override void Load(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var fields = new int[8 + _lengths.Length];
        StateStream.Read(stream, MemoryMarshal.AsBytes(fields.AsSpan(0, 5)));
        if (!BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(fields, fields);
        if (unchecked((uint)fields[0]) != Magic) throw StateStream.Malformed("header", "this is no recurrent state");
        if ((fields[1], fields[2], fields[3], fields[4]) != (Channels, Window, Size, Rollback))
            throw StateStream.Malformed("header", $"layout {fields[1]}, {fields[2]}, {fields[3]}, {fields[4]} instead of {Channels}, {Window}, {Size}, {Rollback}");
        var rest = fields.AsSpan(5);
        StateStream.Read(stream, MemoryMarshal.AsBytes(rest));
        if (!BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(rest, rest);
        var (length, reach, before) = (rest[0], rest[1], rest[2]);
        if (length < 0 || reach < 0 || reach > Math.Min(length, Rollback) || before < 0 || before > length || !rest[3..].Contains(length))
            throw StateStream.Malformed("header", $"length {length}, reach {reach}, {before} before the last pass");
        using var loaded = new NativeBuffer(_buffer.ByteLength, zeroed: false);
        StateStream.Read(stream, loaded.Pointer, loaded.ByteLength);
        Buffer.MemoryCopy(loaded.Pointer, _buffer.Pointer, _buffer.ByteLength, loaded.ByteLength);
        rest[3..].CopyTo(_lengths);
        (_length, _reach, _beforePass) = (length, reach, before);
    }

    // The convolution input of a token among the last ones.
    internal float* InputOf(int token) => (float*)_buffer.Pointer + (long)(token % _depth) * Channels;

    // Keeps the last inputs of a pass aside; they count when the pass commits.
    internal void StageInputs(float* rows, nint stride, int count)
    {
        for (var r = Math.Max(0, count - _depth); r < count; r++)
        {
            var target = (float*)_buffer.Pointer + ((long)_depth + (_length + r) % _depth) * Channels;
            CopyRow(rows + r * stride, target);
        }
    }

    // Makes room for the states after the last rows of a pass; those of the present and of the last tokens before it stay.
    internal void StageStates(int rows)
    {
        var kept = Math.Max(0, (long)_length + rows - Rollback); // lengths from here on are kept, and the present one; -1 marks a free place
        for (var length = Math.Max(_length + 1, checked(_length + rows) - Rollback); length <= _length + rows; length++)
        {
            var old = Array.IndexOf(_lengths, length);
            if (old >= 0) _lengths[old] = -1; // of a pass that was taken back
            var free = 0;
            while (_lengths[free] == _length || _lengths[free] >= kept && _lengths[free] < length) free++;
            _lengths[free] = length;
        }
    }

    // The recurrent floats after `length` tokens: one of those that are kept or staged.
    internal float* StateAfter(int length) => (float*)_buffer.Pointer + InputFloats + (long)Array.IndexOf(_lengths, length) * Size;

    // Ends a pass that staged its inputs and states.
    internal void Commit(int rows)
    {
        for (var i = 0; i < Window; i++) CopyRow(InputOf(Math.Max(0, _length - Window) + i), Before(i));
        for (var r = Math.Max(0, rows - _depth); r < rows; r++)
        {
            var index = (long)((_length + r) % _depth);
            CopyRow((float*)_buffer.Pointer + (_depth + index) * Channels, (float*)_buffer.Pointer + index * Channels);
        }

        _beforePass = _length;
        _length = checked(_length + rows);
        _reach = (int)Math.Min(Rollback, (long)_reach + rows);
    }

    // The inputs of the last tokens before the last pass.
    private float* Before(int index) => (float*)_buffer.Pointer + ((long)_depth * 2 + index) * Channels;

    private void CopyRow(float* source, float* target) => Buffer.MemoryCopy(source, target, Channels * sizeof(float), Channels * sizeof(float));

    private static void WriteInts(Stream stream, int[] values)
    {
        if (!BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(values, values);
        stream.Write(MemoryMarshal.AsBytes(values.AsSpan()));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _buffer.Dispose();
}
