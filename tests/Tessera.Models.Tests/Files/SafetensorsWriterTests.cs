using System.Text;
using System.Text.Json;
using Tessera.Models.Files;
using Tessera.Tensors;

namespace Tessera.Models.Tests.Files;

public sealed class SafetensorsWriterTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheReferencesExampleIsWrittenByteForByte()
    {
        // The example of the reference's own test (safetensors/src/tensor.rs, test_serialization): one tensor, no metadata.
        var writer = new SafetensorsWriter();
        writer.Metadata.Clear();
        writer.Add("attn.0", Tensor.FromValues([0, 1, 2, 3, 4, 5], 1, 2, 3));
        writer.Save(_folder["a.safetensors"]);

        var header = """{"attn.0":{"dtype":"F32","shape":[1,2,3],"data_offsets":[0,24]}}""";
        byte[] expected = [64, 0, 0, 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(header), .. new float[] { 0, 1, 2, 3, 4, 5 }.SelectMany(BitConverter.GetBytes)];
        File.ReadAllBytes(_folder["a.safetensors"]).ShouldBe(expected);
    }

    [Fact]
    public void TensorsOfAllTypesComeBackAlignedToTheirElements()
    {
        var writer = new SafetensorsWriter();
        var formats = new[] { TensorFormat.Bool, TensorFormat.F32, TensorFormat.I8, TensorFormat.F64, TensorFormat.BF16, TensorFormat.I64, TensorFormat.F16, TensorFormat.I16, TensorFormat.U8, TensorFormat.I32 };
        foreach (var format in formats) writer.Add($"t.{format}", format, [3, 1], () => Tensor.Create(format, 3, 1));
        writer.Add("none", Tensor.Create(TensorFormat.F32, 0, 4));
        writer.Add("scalar \"é\"", Tensor.FromValues([2.5f]));
        writer.Metadata["note"] = "ü";
        writer.Save(_folder["all.safetensors"]);

        using var file = SafetensorsFile.Open(_folder["all.safetensors"]);
        file.Metadata.ShouldBe(new Dictionary<string, string> { ["format"] = "pt", ["note"] = "ü" }, ignoreOrder: true);
        file.Tensors.Count.ShouldBe(12);
        file.GetTensor("scalar \"é\"").ToArray().ShouldBe([2.5f]);
        foreach (var format in formats)
        {
            file.Tensors[$"t.{format}"].Format.ShouldBe(format);
            (file.Tensors[$"t.{format}"].Offset % (file.Tensors[$"t.{format}"].ByteLength / 3)).ShouldBe(0, format.ToString());
        }
    }

    [Fact]
    public void SmallModelsBecomeOneFileAndLargeOnesShardsWithAnIndex()
    {
        SafetensorsWriter Writer()
        {
            var writer = new SafetensorsWriter();
            for (var i = 0; i < 5; i++) writer.Add($"layers.{i}", Tensor.FromValues([i, i, i, i], 4)); // 16 bytes each
            return writer;
        }

        Writer().SaveFolder(_folder.Path, maxShardBytes: 40).Select(Path.GetFileName)
            .ShouldBe(["model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors"]);
        JsonDocument.Parse(File.ReadAllBytes(_folder["model.safetensors.index.json"])).RootElement.GetProperty("metadata").GetProperty("total_size").GetInt64().ShouldBe(80);
        using (var weights = WeightFiles.Open(_folder.Path))
        {
            weights.Tensors.Keys.ShouldBe(["layers.0", "layers.1", "layers.2", "layers.3", "layers.4"]);
            weights.GetTensor("layers.3").ToArray().ShouldBe([3, 3, 3, 3]);
            weights.WeightBytes.ShouldBe(80);
        }

        var whole = Path.Combine(_folder.Path, "whole");
        Directory.CreateDirectory(whole);
        Writer().SaveFolder(whole).ShouldBe([Path.Combine(whole, "model.safetensors")]);
        Should.Throw<IOException>(() => Writer().SaveFolder(whole, maxShardBytes: 16)).Message.ShouldContain("in the way");
    }

    [Fact]
    public void WhatTheFormatCanNotHoldIsRefusedWhenAdded()
    {
        var writer = new SafetensorsWriter();
        writer.Add("t", Tensor.Create(TensorFormat.F32, 1));
        Should.Throw<ArgumentException>(() => writer.Add("t", Tensor.Create(TensorFormat.F32, 1)));
        Should.Throw<ArgumentException>(() => writer.Add("__metadata__", Tensor.Create(TensorFormat.F32, 1)));
        Should.Throw<ArgumentException>(() => writer.Add("q", Tensor.Create(TensorFormat.Q8_0, 32))).Message.ShouldContain("Q8_0");
    }
}
