using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Tessera.Models.State;

public sealed unsafe partial class KeyValueState
{
    private const uint Magic = 0x31564B54; // "TKV1"
    private const int HeaderInts = 8;

    /// <summary>
    /// Writes the contents: a header (little-endian 32-bit integers: magic, heads, head size, value size, key format, value format, flags (1 accumulators, 2 raw keys), length), the
    /// slot count of each head, then each head's pages as they lie in memory.
    /// </summary>
    public override void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        int[] header =
        [
            unchecked((int)Magic), Heads, HeadSize, ValueSize, (int)Options.KeyFormat, (int)Options.ValueFormat, Flags, _length,
            .. _heads.Select(h => h.Count),
        ];
        if (!BitConverter.IsLittleEndian) throw Refusal(nameof(Save), "Pages are written as they lie in memory, and this machine is big-endian.");
        stream.Write(MemoryMarshal.AsBytes(header.AsSpan()));
        foreach (var head in _heads)
        {
            for (var page = 0; page < HeadSlots.PagesFor(head.Count); page++) StateStream.Write(stream, head[page].Data, _layout.ByteLength);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ResourceLimitException">The pool has no room; the state is as it was.</exception>
    public override void Load(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!BitConverter.IsLittleEndian) throw Refusal(nameof(Load), "Pages are read as they lie in memory, and this machine is big-endian.");
        var header = new int[HeaderInts + Heads];
        StateStream.Read(stream, MemoryMarshal.AsBytes(header.AsSpan(0, HeaderInts)));
        if (unchecked((uint)header[0]) != Magic) throw StateStream.Malformed("header", "these are no cached keys and values");
        if (header[1] != Heads || header[2] != HeadSize || header[3] != ValueSize)
            throw StateStream.Malformed("header", $"{header[1]} heads of {header[2]} and {header[3]} floats instead of {Heads} of {HeadSize} and {ValueSize}");
        if (header[4] != (int)Options.KeyFormat || header[5] != (int)Options.ValueFormat || header[6] != Flags)
            throw StateStream.Malformed("header", "another format of keys, values or slots");
        if (header[7] < 0) throw StateStream.Malformed("header", $"length {header[7]}");
        StateStream.Read(stream, MemoryMarshal.AsBytes(header.AsSpan(HeaderInts)));
        var heads = new HeadSlots[Heads];
        try
        {
            for (var h = 0; h < heads.Length; h++) heads[h] = ReadHead(stream, header[HeaderInts + h], header[7], $"head {h}");
        }
        catch
        {
            foreach (var head in heads) head?.Shorten(0, _pool);
            throw;
        }

        Swap(heads);
        (_length, _lastRows) = (header[7], 0);
        Uniform = Ordered = PositionsOrdered = false; // until Reorder has looked
        Reorder();
        Uniform = SameTokensInAllHeads();
        HasDropped = _heads.Any(h => h.Count < _length);
    }

    private int Flags => (Options.Accumulators ? 1 : 0) | (Rotation is null ? 0 : 2);

    // Pages are taken one by one as their bytes arrive, so that a count without bytes behind it costs nothing.
    private HeadSlots ReadHead(Stream stream, int count, int length, string place)
    {
        if (count < 0) throw StateStream.Malformed(place, $"{count} slots");
        var head = new HeadSlots { Count = count };
        try
        {
            for (var page = 0; page < HeadSlots.PagesFor(count); page++)
            {
                head.Add(_pool.Rent(_layout.ByteLength));
                StateStream.Read(stream, head[page].Data, _layout.ByteLength);
                for (var slot = 0; slot < PagePlane.Slots && page * PagePlane.Slots + slot < count; slot++)
                {
                    var (token, position) = (_layout.Tokens(head[page])[slot], _layout.Positions(head[page])[slot]);
                    if (token < 0 || token >= length) throw StateStream.Malformed(place, $"token index {token} in a state of {length} tokens");
                    if (position < 0) throw StateStream.Malformed(place, $"position {position}");
                }
            }

            return head;
        }
        catch
        {
            head.Shorten(0, _pool);
            throw;
        }
    }

    // The highest position of a slot; -1 where there is none.
    internal int HighestPosition
    {
        get
        {
            var highest = -1;
            for (var head = 0; head < Heads; head++)
            {
                for (var slot = 0; slot < SlotCount(head); slot++) highest = Math.Max(highest, PositionOf(head, slot));
            }

            return highest;
        }
    }

    private bool SameTokensInAllHeads()
    {
        for (var h = 1; h < Heads; h++)
        {
            if (SlotCount(h) != SlotCount(0)) return false;
            for (var slot = 0; slot < SlotCount(0); slot++)
            {
                if (TokenOf(h, slot) != TokenOf(0, slot)) return false;
            }
        }

        return true;
    }
}
