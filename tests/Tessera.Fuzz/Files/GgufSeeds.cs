using System.Buffers.Binary;
using System.Text;
using Tessera.Models.Files;
using Tessera.Tensors;
using Tessera.Tensors.Formats;

namespace Tessera.Fuzz;

/// <summary>The valid files that mutations start from; together they have every value type, every format, and the usual keys of models.</summary>
internal static class GgufSeeds
{
    private static readonly TensorFormat[] Formats = [.. Enum.GetValues<TensorFormat>().Where(f => (int)f < 1000 && BlockFormat.IsKnown(f))];
    private static readonly Action<GgufPicture>[] Seeds = [Nothing, EveryType, EveryArray, Model, EveryFormat, Scalars];

    public static GgufPicture Make(FuzzDice dice)
    {
        var picture = new GgufPicture { Version = dice.Chance(0.2) ? 2u : 3u };
        if (dice.Chance(0.15))
        {
            picture.Alignment = dice.Pick(1, 2, 8, 64, 256);
            picture.Add("general.alignment", (uint)picture.Alignment);
        }

        var seed = dice.Chance(0.02) ? 0 : 1 + dice.Below(Seeds.Length - 1); // the empty file is soon exhausted
        Seeds[seed](picture);
        picture.Repair();
        return picture;
    }

    /// <summary>The bytes of a value as a file has them.</summary>
    public static byte[] Payload(GgufValue value)
    {
        using var stream = new MemoryStream();
        switch (value.Type)
        {
            case GgufValueType.String: WriteText(stream, value.AsString()); break;
            case GgufValueType.Array when value.ElementType == GgufValueType.String:
                foreach (var text in value.AsStrings()) WriteText(stream, text);
                break;
            case GgufValueType.Array when value.ElementType == GgufValueType.Bool: stream.Write([.. value.AsBools().Select(b => b ? (byte)1 : (byte)0)]); break;
            case GgufValueType.Array: stream.Write(new byte[SizeOf((uint)value.ElementType) * value.Count]); break;
            case GgufValueType.Bool: stream.WriteByte(1); break;
            default: stream.Write(BitConverter.GetBytes(value.Type == GgufValueType.UInt64 ? value.AsUInt64() : value.Type is GgufValueType.Float32 ? BitConverter.SingleToUInt32Bits(value.AsFloat()) : value.Type is GgufValueType.Float64 ? BitConverter.DoubleToUInt64Bits(value.AsDouble()) : (ulong)value.AsInt64()).AsSpan(0, SizeOf((uint)value.Type))); break;
        }

        return stream.ToArray();
    }

    public static byte[] Text(string text)
    {
        using var stream = new MemoryStream();
        WriteText(stream, text);
        return stream.ToArray();
    }

    public static int SizeOf(uint type) => type switch
    {
        0 or 1 or 7 => 1,
        2 or 3 => 2,
        4 or 5 or 6 => 4,
        10 or 11 or 12 => 8,
        _ => 0,
    };

    private static void WriteText(Stream stream, string text)
    {
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)Encoding.UTF8.GetByteCount(text));
        stream.Write(length);
        stream.Write(Encoding.UTF8.GetBytes(text));
    }

    private static void Nothing(GgufPicture picture)
    {
    }

    private static void EveryType(GgufPicture p)
    {
        p.Add("test.u8", (byte)200);
        p.Add("test.i8", (sbyte)-3);
        p.Add("test.u16", (ushort)60_000);
        p.Add("test.i16", (short)-5);
        p.Add("test.u32", 7u);
        p.Add("test.i32", -7);
        p.Add("test.f32", 1e-6f);
        p.Add("test.bool", true);
        p.Add("test.text", GgufValue.Of("text é"));
        p.Add("test.u64", ulong.MaxValue);
        p.Add("test.i64", long.MinValue);
        p.Add("test.f64", 0.5);
        p.Add("token_embd.weight", TensorFormat.F32, 4, 3);
    }

    private static void EveryArray(GgufPicture p)
    {
        p.Add("test.bytes", GgufValue.OfArray<byte>([1, 2, 3]));
        p.Add("test.shorts", GgufValue.OfArray<short>([1, -2]));
        p.Add("test.ints", GgufValue.OfArray<int>([1, -2, 3]));
        p.Add("test.longs", GgufValue.OfArray<ulong>([1]));
        p.Add("test.floats", GgufValue.OfArray<float>([0.5f, 1]));
        p.Add("test.doubles", GgufValue.OfArray<double>([0.5]));
        p.Add("test.bools", GgufValue.OfArray<bool>([true, false, true]));
        p.Add("test.texts", GgufValue.OfArray(["", "a", "Ġé"]));
        p.Add("test.none", GgufValue.OfArray<int>([]));
        p.Add("blk.0.attn_q.weight", TensorFormat.Q8_0, 64, 2);
        p.Add("blk.0.attn_norm.weight", TensorFormat.F16, 5);
    }

    private static void Model(GgufPicture p)
    {
        p.Add("general.architecture", GgufValue.Of("llama"));
        p.Add("llama.block_count", 1u);
        p.Add("llama.embedding_length", 32u);
        p.Add("llama.attention.head_count", 4u);
        p.Add("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        p.Add("tokenizer.ggml.model", GgufValue.Of("gpt2"));
        p.Add("tokenizer.ggml.tokens", GgufValue.OfArray(["<s>", "a", "b", "ab"]));
        p.Add("tokenizer.ggml.merges", GgufValue.OfArray(["a b"]));
        p.Add("tokenizer.ggml.scores", GgufValue.OfArray<float>([0, 1, 2, 3]));
        p.Add("tokenizer.ggml.token_type", GgufValue.OfArray<int>([3, 1, 1, 1]));
        p.Add("token_embd.weight", TensorFormat.Q4_0, 32, 4);
        p.Add("blk.0.attn_norm.weight", TensorFormat.F32, 32);
        p.Add("blk.0.attn_q.weight", TensorFormat.Q8_0, 32, 32);
        p.Add("blk.0.ffn_down.weight", TensorFormat.BF16, 64, 32);
        p.Add("output_norm.weight", TensorFormat.F32, 32);
        p.Add("output.weight", TensorFormat.Q8_0, 32, 4);
    }

    private static void EveryFormat(GgufPicture p)
    {
        foreach (var format in Formats) p.Add($"blk.{(int)format}.weight", format, (ulong)BlockFormat.Of(format).BlockLength, 2);
    }

    private static void Scalars(GgufPicture p)
    {
        p.Add("blk.0.scalar", TensorFormat.F32);
        p.Add("blk.1.empty", TensorFormat.F32, 0, 5);
        p.Add("blk.2.four", TensorFormat.F16, 2, 3, 2, 2);
        p.Add("blk.3.one", TensorFormat.I64, 1);
        p.Add("blk.4.experts", TensorFormat.Q4_K, 256, 2, 2);
    }
}
