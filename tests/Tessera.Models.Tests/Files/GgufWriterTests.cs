using Tessera.Models.Files;
using Tessera.Tensors;

namespace Tessera.Models.Tests.Files;

public sealed class GgufWriterTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EveryTypeOfMetadataComesBack()
    {
        var writer = new GgufWriter();
        writer.Add("u8", GgufValue.Of((byte)200));
        writer.Add("i8", GgufValue.Of((sbyte)-100));
        writer.Add("u16", GgufValue.Of((ushort)60_000));
        writer.Add("i16", GgufValue.Of((short)-30_000));
        writer.Add("u32", GgufValue.Of(4_000_000_000u));
        writer.Add("i32", GgufValue.Of(-2_000_000_000));
        writer.Add("u64", GgufValue.Of(ulong.MaxValue));
        writer.Add("i64", GgufValue.Of(long.MinValue));
        writer.Add("f32", GgufValue.Of(1e-6f));
        writer.Add("f64", GgufValue.Of(Math.PI));
        writer.Add("bool", GgufValue.Of(true));
        writer.Add("text", GgufValue.Of("Ġ🙂\0"));
        writer.Add("ints", GgufValue.OfArray<short>([1, -2]));
        writer.Add("floats", GgufValue.OfArray<double>([0.5, double.NaN]));
        writer.Add("bools", GgufValue.OfArray<bool>([true, false]));
        writer.Add("texts", GgufValue.OfArray(["", "é"]));
        writer.Add("none", GgufValue.OfArray<int>([]));
        writer.Save(_folder["all.gguf"]);

        using var file = GgufFile.Open(_folder["all.gguf"]);
        var m = file.Metadata;
        m["u8"].AsUInt32().ShouldBe(200u);
        m["i8"].AsInt32().ShouldBe(-100);
        m["u16"].AsInt32().ShouldBe(60_000);
        m["i16"].AsInt64().ShouldBe(-30_000);
        m["u32"].AsUInt32().ShouldBe(4_000_000_000u);
        m["i32"].AsInt32().ShouldBe(-2_000_000_000);
        m["u64"].AsUInt64().ShouldBe(ulong.MaxValue);
        m["i64"].AsInt64().ShouldBe(long.MinValue);
        m["f32"].AsFloat().ShouldBe(1e-6f);
        m["f64"].AsDouble().ShouldBe(Math.PI);
        m["u8"].AsDouble().ShouldBe(200);
        m["bool"].AsBool().ShouldBeTrue();
        m["text"].AsString().ShouldBe("Ġ🙂\0");
        m["ints"].AsInt32s().ShouldBe([1, -2]);
        m["ints"].AsFloats().ShouldBe([1f, -2f]);
        m["floats"].AsFloats().ShouldBe([0.5f, float.NaN]);
        m["bools"].AsBools().ShouldBe([true, false]);
        m["texts"].AsStrings().ShouldBe(["", "é"]);
        m["none"].AsInt32s().ShouldBeEmpty();
        m["none"].ToString().ShouldBe("array of 0");
        m["f32"].ToString().ShouldBe("9.999999974752427E-07");
    }

    [Fact]
    public void AskingForAnotherTypeNamesFileAndKey()
    {
        var writer = new GgufWriter();
        writer.Add("text", GgufValue.Of("8"));
        writer.Add("large", GgufValue.Of(1L << 40));
        writer.Add("negative", GgufValue.Of(-1));
        writer.Add("list", GgufValue.OfArray<float>([1]));
        writer.Add("bool", GgufValue.Of(true));
        writer.Save(_folder["types.gguf"]);

        using var file = GgufFile.Open(_folder["types.gguf"]);
        void Fails(string key, Action<GgufValue> read, string reason)
        {
            var error = Should.Throw<MalformedInputException>(() => read(file.Metadata[key]));
            error.File.ShouldBe(_folder["types.gguf"]);
            error.Place.ShouldBe(key);
            error.Reason.ShouldContain(reason);
        }

        Fails("text", v => v.AsInt32(), "String");
        Fails("text", v => v.AsStrings(), "array of strings");
        Fails("large", v => v.AsInt32(), "1099511627776 is outside");
        Fails("large", v => v.AsString(), "Int64");
        Fails("negative", v => v.AsUInt32(), "-1 is outside");
        Fails("negative", v => v.AsUInt64(), "-1 is outside");
        Fails("list", v => v.AsFloat(), "array of Float32");
        Fails("list", v => v.AsInt32s(), "array of integers");
        Fails("list", v => v.AsBools(), "array of bools");
        Fails("bool", v => v.AsInt32(), "an integer");
        Fails("bool", v => v.AsDouble(), "a number");
        Fails("negative", v => v.AsBool(), "a bool");
        Fails("bool", v => v.AsFloats(), "array of numbers");
    }

    [Theory]
    [InlineData(null)]
    [InlineData(8u)]
    [InlineData(256u)]
    public void TensorsComeBackAlignedAndInTheirOrder(uint? alignment)
    {
        var a = Tensor.FromValues([1, 2, 3, 4, 5, 6], 2, 3);
        var writer = new GgufWriter();
        if (alignment is { } value) writer.Add("general.alignment", GgufValue.Of(value));
        var made = 0;
        writer.Add("a", a);
        writer.Add("q", TensorFormat.Q8_0, [3, 64], () =>
        {
            made++;
            return Tensor.Create(TensorFormat.Q8_0, 3, 64);
        });
        writer.Add("scalar", Tensor.FromValues([7]));
        made.ShouldBe(0);
        writer.Save(_folder["t.gguf"]);

        made.ShouldBe(1);
        using var file = GgufFile.Open(_folder["t.gguf"]);
        file.Alignment.ShouldBe(alignment ?? 32);
        file.Tensors.Keys.ShouldBe(["a", "q", "scalar"]);
        file.GetTensor("a").ToArray().ShouldBe([1, 2, 3, 4, 5, 6]);
        file.GetTensor("a").Shape.ToArray().ShouldBe([2, 3]);
        file.GetTensor("q").Shape.ToArray().ShouldBe([3, 64]);
        file.GetTensor("scalar").ToArray().ShouldBe([7]);
        foreach (var info in file.Tensors.Values) (info.Offset % file.Alignment).ShouldBe(0);
        (new FileInfo(_folder["t.gguf"]).Length % file.Alignment).ShouldBe(0); // ggml reads the last tensor's padding too
    }

    [Fact]
    public void AFileCopiedThroughReaderAndWriterIsTheSame()
    {
        var source = Golden.Find("models-tiny/gguf/llama-k-quants.gguf");
        using var file = GgufFile.Open(source);
        var writer = new GgufWriter();
        foreach (var key in file.Metadata.Keys) writer.Add(key, file.Metadata[key]);
        foreach (var name in file.Tensors.Keys) writer.Add(name, file.GetTensor(name));
        writer.Save(_folder["copy.gguf"]);

        File.ReadAllBytes(_folder["copy.gguf"]).AsSpan().SequenceEqual(File.ReadAllBytes(source)).ShouldBeTrue();
    }

    [Fact]
    public void AFailureLeavesTheOldFileAndNoOther()
    {
        File.WriteAllText(_folder["kept.gguf"], "old");
        var writer = new GgufWriter();
        writer.Add("bad", TensorFormat.F32, [2], () => Tensor.Create(TensorFormat.F32, 3));

        Should.Throw<InvalidOperationException>(() => writer.Save(_folder["kept.gguf"])).Message.ShouldContain("bad");
        Directory.GetFiles(_folder.Path).ShouldBe([_folder["kept.gguf"]]);
        File.ReadAllText(_folder["kept.gguf"]).ShouldBe("old");
    }

    [Fact]
    public void WhatTheFormatCanNotHoldIsRefusedWhenAdded()
    {
        var writer = new GgufWriter();
        var tensor = Tensor.Create(TensorFormat.F32, 1);
        writer.Add("k", GgufValue.Of(1));
        writer.Add("t", tensor);
        Should.Throw<ArgumentException>(() => writer.Add("k", GgufValue.Of(1)));
        Should.Throw<ArgumentException>(() => writer.Add("", GgufValue.Of(1)));
        Should.Throw<ArgumentException>(() => writer.Add("general.alignment", GgufValue.Of(24u)));
        Should.Throw<ArgumentException>(() => writer.Add("general.alignment", GgufValue.Of(32)));
        Should.Throw<ArgumentException>(() => writer.Add("t", tensor));
        Should.Throw<ArgumentException>(() => writer.Add(new string('n', 64), tensor));
        Should.Throw<ArgumentException>(() => writer.Add("five", Tensor.Create(TensorFormat.F32, 1, 1, 1, 1, 1)));
        Should.Throw<ArgumentException>(() => writer.Add("bytes", Tensor.Create(TensorFormat.U8, 1)));
        Should.Throw<ArgumentException>(() => GgufValue.Of("\ud800"));
        Should.Throw<ArgumentException>(() => GgufValue.Of('c'));
    }
}
