using System.Buffers.Binary;

namespace Tessera.Tokenizers.Files;

/// <summary>Reads the fields of a protobuf message one by one, every length checked. Knows the wire format only, no message.</summary>
internal ref struct ProtobufReader
{
    private const int Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5;
    private readonly ReadOnlySpan<byte> _message;
    private readonly string _file;
    private readonly string _place;
    private int _at;
    private int _wire;

    /// <summary>Starts at the beginning of a message.</summary>
    /// <param name="message">Its bytes.</param>
    /// <param name="file">The file, for errors.</param>
    /// <param name="place">The message's place in it, for errors.</param>
    public ProtobufReader(ReadOnlySpan<byte> message, string file, string place)
    {
        _message = message;
        _file = file;
        _place = place;
    }

    /// <summary>The number of the field that was reached.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field; its value is to be read or skipped.</summary>
    /// <returns>False at the message's end.</returns>
    public bool Next()
    {
        if (_at == _message.Length) return false;
        var key = ReadVarint();
        if (key >> 3 is 0 or > 0x1FFFFFFF) throw Error($"field {key >> 3} is no field");
        (Field, _wire) = ((int)(key >> 3), (int)(key & 7));
        return true;
    }

    /// <summary>A whole number of 32 bits; negative ones take ten bytes.</summary>
    public int ReadInt32() => unchecked((int)(_wire == Varint ? ReadVarint() : throw Wrong("a number")));

    /// <summary>A truth value.</summary>
    public bool ReadBool() => (_wire == Varint ? ReadVarint() : throw Wrong("a truth value")) != 0;

    /// <summary>A number of single precision.</summary>
    public float ReadSingle() => BinaryPrimitives.ReadSingleLittleEndian(_wire == Fixed32 ? Take(4) : throw Wrong("a number of 32 bits"));

    /// <summary>Bytes, a text, or a message.</summary>
    public ReadOnlySpan<byte> ReadBytes()
    {
        if (_wire != Bytes) throw Wrong("a length and bytes");
        var length = ReadVarint();
        return length <= (ulong)(_message.Length - _at) ? Take((int)length) : throw Error($"{length} bytes are announced, {_message.Length - _at} are left");
    }

    /// <summary>A nested message.</summary>
    public ProtobufReader ReadMessage(string name) => new(ReadBytes(), _file, $"{_place}.{name}");

    /// <summary>Passes a field over.</summary>
    public void Skip()
    {
        switch (_wire)
        {
            case Varint:
                ReadVarint();
                break;
            case Fixed64:
                Take(8);
                break;
            case Bytes:
                ReadBytes();
                break;
            case Fixed32:
                Take(4);
                break;
            default:
                throw Error($"field {Field} has the wire type {_wire}");
        }
    }

    /// <summary>The exception for something wrong with this message.</summary>
    public readonly MalformedInputException Error(string reason) => new(_file, $"{_place}, byte {_at}", reason);

    private readonly MalformedInputException Wrong(string wanted) => Error($"field {Field} is to be {wanted}; it has the wire type {_wire}");

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _message.Length - _at) throw Error($"{count} bytes are needed, {_message.Length - _at} are left");
        _at += count;
        return _message.Slice(_at - count, count);
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var next = Take(1)[0];
            if (shift == 63 && next > 1) throw Error("a number has more than 64 bits");
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }

        throw Error("a number has more than ten bytes");
    }
}
