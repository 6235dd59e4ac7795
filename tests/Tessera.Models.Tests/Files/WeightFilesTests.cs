using System.Text;
using Tessera.Models.Files;
using Tessera.Tensors;

namespace Tessera.Models.Tests.Files;

public sealed class WeightFilesTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public WeightFilesTests() => Save("model-1.safetensors", "a");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AFolderGivesItsSingleFileBeforeItsShards()
    {
        Index("""{"a":"model-1.safetensors"}""");
        using (var shards = WeightFiles.Open(_folder.Path)) shards.Tensors.Keys.ShouldBe(["a"]);
        Save("model.safetensors", "b");
        using var single = WeightFiles.Open(_folder.Path);
        single.Tensors.Keys.ShouldBe(["b"]);
        single.TryGet("a").ShouldBeNull();
        single.TryGet("b")!.ToArray().ShouldBe([1f]);
    }

    [Fact]
    public void AFileGivesItselfAndTheFilesBesideIt()
    {
        File.WriteAllText(_folder["config.json"], """{"model_type": "llama"}""");
        File.WriteAllText(_folder["tokenizer.json"], "{}");
        using var weights = WeightFiles.Open(_folder["model-1.safetensors"]);
        weights.Gguf.ShouldBeNull();
        weights.Folder.TokenizerPath.ShouldBe(_folder["tokenizer.json"]);
        weights.Folder.ChatTemplatePath.ShouldBeNull();
        using var config = weights.OpenConfig();
        config.String("model_type").ShouldBe("llama");
        File.Delete(_folder["config.json"]);
        Should.Throw<MalformedInputException>(weights.OpenConfig).Place.ShouldBe("config.json");
    }

    [Fact]
    public void AGgufFileIsFoundByNameAndInAFolder()
    {
        var folder = Path.Combine(_folder.Path, "gguf");
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, "m.gguf"), GgufBytes.Valid());
        using (var weights = WeightFiles.Open(folder)) weights.Gguf!.Metadata.String("general.architecture").ShouldBe("test");
        File.WriteAllBytes(Path.Combine(folder, "n.gguf"), GgufBytes.Valid());
        Should.Throw<UnsupportedFeatureException>(() => WeightFiles.Open(folder)).Feature.ShouldContain("2 files");
        using var named = WeightFiles.Open(Path.Combine(folder, "n.gguf"));
        named.Tensors.Count.ShouldBe(2);
    }

    [Fact]
    public void ASplitGgufIsRefusedByName()
    {
        var writer = new GgufWriter();
        writer.Add("split.count", GgufValue.Of((ushort)3));
        writer.Save(_folder["part.gguf"]);
        Should.Throw<UnsupportedFeatureException>(() => WeightFiles.Open(_folder["part.gguf"])).Message.ShouldContain("split into 3 files");
    }

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("pytorch_model.bin.index.json")]
    public void APickleIsRefusedWithAnExplanationEvenBesideOtherFiles(string name)
    {
        File.WriteAllText(_folder[name], "not read");
        foreach (var path in new[] { _folder.Path, _folder[name] })
        {
            var error = Should.Throw<UnsupportedFeatureException>(() => WeightFiles.Open(path));
            error.Message.ShouldContain(name);
            error.Message.ShouldContain("safetensors");
        }
    }

    [Fact]
    public void TheRecordedPickleIsRefused()
    {
        var folder = Golden.Find("models-tiny/llama-bin-only"); // outside the assertion: it skips where there is none
        Should.Throw<UnsupportedFeatureException>(() => WeightFiles.Open(folder)).Message.ShouldContain("pytorch_model.bin");
    }

    [Fact]
    public void WhatIsNotThereOrNotKnownIsSaid()
    {
        var empty = Directory.CreateDirectory(Path.Combine(_folder.Path, "empty")).FullName;
        Should.Throw<UnsupportedFeatureException>(() => WeightFiles.Open(empty)).Feature.ShouldContain("without model weights");
        Should.Throw<IOException>(() => WeightFiles.Open(_folder["absent"]));
        File.WriteAllText(_folder["model.onnx"], "x");
        Should.Throw<UnsupportedFeatureException>(() => WeightFiles.Open(_folder["model.onnx"])).Feature.ShouldContain("model.onnx");
    }

    [Fact]
    public void RecordedShardsAreOneModel()
    {
        using var weights = WeightFiles.Open(Golden.Find("models-tiny/qwen2-sharded"));
        weights.WeightBytes.ShouldBe(52_512); // total_size of the index
        weights.Tensors.Keys.ShouldContain("lm_head.weight");
        weights.Folder.ConfigPath.ShouldNotBeNull();
    }

    public static TheoryData<string> HostileNames =>
    [
        "../model-1.safetensors", "..\\model-1.safetensors", "/etc/passwd", "/etc/x.safetensors", "C:\\x.safetensors", "C:x.safetensors", "\\\\server\\share\\x.safetensors",
        "./model-1.safetensors", "sub/model-1.safetensors", "sub\\model-1.safetensors", "model-1.safetensors/", "model-1.safetensors/.", "model-1.safetensors\0", "model-1.safetensors ",
        " model-1.safetensors", "\tmodel-1.safetensors", "model-1.safetensors\n", "", ".", "..", "...", ".hidden.safetensors", "~/x.safetensors", "$HOME.safetensors", "%TEMP%.safetensors",
        "model-1.safetensors:stream", "con.safetensors", "CON.safetensors", "nul.x.safetensors", "aux.safetensors", "com1.safetensors", "LPT9.safetensors", "model-1.SAFETENSORS",
        "model-1", "model-1.bin", "pytorch_model.bin", "config.json", "*.safetensors", "?.safetensors", "model-1*.safetensors", "model|1.safetensors", "model;1.safetensors", "model`1`.safetensors",
        "http://host/x.safetensors", "file:///etc/x.safetensors", "\u202Emodel-1.safetensors", "modél.safetensors", "model\u20141.safetensors", "ｍodel-1.safetensors", "model-1．safetensors",
        "/dev/zero", "/dev/stdin", "/proc/self/mem", "/proc/self/fd/0", "..%2fmodel-1.safetensors", "%2e%2e/model-1.safetensors", "....//model-1.safetensors", "model-1.safetensors?x=1", "model-1.safetensors#x",
        "\"model-1.safetensors\"", "'model-1.safetensors'", "<model-1.safetensors>", "model 1.safetensors", "model\r.safetensors",
    ];

    [Theory]
    [MemberData(nameof(HostileNames))]
    public void AShardIsNeverLookedForOutsideTheFolder(string name)
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "sub"));
        File.Copy(_folder["model-1.safetensors"], Path.Combine(_folder.Path, "sub", "model-1.safetensors"));
        Index($$"""{"a":{{System.Text.Json.JsonSerializer.Serialize(name)}}}""");
        var error = Should.Throw<MalformedInputException>(() => WeightFiles.Open(_folder.Path));
        error.Place.ShouldBe("weight_map.a");
        error.Reason.ShouldContain("no plain name");
    }

    [Fact]
    public void ANameLongerThan200IsNoName()
    {
        Index($$"""{"a":"{{new string('n', 200)}}.safetensors"}""");
        Should.Throw<MalformedInputException>(() => WeightFiles.Open(_folder.Path)).Reason.ShouldContain("no plain name");
    }

    [Fact]
    public void LinksMayPointIntoTheFolderOrACacheButNotElsewhere()
    {
        Assert.SkipUnless(!OperatingSystem.IsWindows(), "making links needs rights there");
        using var outside = new ScratchFolder();
        File.Copy(_folder["model-1.safetensors"], outside["model-1.safetensors"]);
        Index("""{"a":"model-2.safetensors"}""");

        File.CreateSymbolicLink(_folder["model-2.safetensors"], "model-1.safetensors");
        using (var inside = WeightFiles.Open(_folder.Path)) inside.Tensors.Count.ShouldBe(1);

        File.Delete(_folder["model-2.safetensors"]);
        File.CreateSymbolicLink(_folder["step.safetensors"], outside["model-1.safetensors"]);
        File.CreateSymbolicLink(_folder["model-2.safetensors"], "step.safetensors");
        Should.Throw<MalformedInputException>(() => WeightFiles.Open(_folder.Path)).Reason.ShouldContain("leads out");

        var snapshot = Directory.CreateDirectory(Path.Combine(_folder.Path, "models--x--y", "snapshots", "abc")).FullName;
        var blobs = Directory.CreateDirectory(Path.Combine(_folder.Path, "models--x--y", "blobs")).FullName;
        File.Copy(_folder["model-1.safetensors"], Path.Combine(blobs, "1234"));
        File.Copy(_folder["model.safetensors.index.json"], Path.Combine(snapshot, "model.safetensors.index.json"));
        File.CreateSymbolicLink(Path.Combine(snapshot, "model-2.safetensors"), "../../blobs/1234");
        using var cached = WeightFiles.Open(snapshot);
        cached.GetTensor("a").ToArray().ShouldBe([1f]);
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"model-2.safetensors"}}""", "weight_map.a", "is missing")]
    [InlineData("""{"weight_map":{"b":"model-1.safetensors"}}""", "weight_map.b", "not in model-1.safetensors")]
    [InlineData("""{"weight_map":{"a":"model-1.safetensors","a":"model-1.safetensors"}}""", "weight_map.a", "twice")]
    [InlineData("""{"weight_map":{"a":1}}""", "weight_map.a", "no string")]
    [InlineData("""{"weight_map":{"a":null}}""", "weight_map.a", "no string")]
    [InlineData("""{"weight_map":[]}""", "weight_map", "no object")]
    [InlineData("""{"weight_map":{},"weight_map":{}}""", "weight_map", "twice")]
    [InlineData("""{"metadata":{}}""", "weight_map", "missing")]
    [InlineData("""[]""", "$", "no object")]
    [InlineData("""{"weight_map":{}} x""", "line 1, byte 19", "invalid")]
    [InlineData("""{"weight_map":{"a":"model-1.safetensors" """, "line 1, byte 42", "")]
    public void AnIndexThatIsWrongIsRefused(string json, string place, string reason)
    {
        File.WriteAllText(_folder["model.safetensors.index.json"], json);
        var error = Should.Throw<MalformedInputException>(() => WeightFiles.Open(_folder.Path));
        error.File.ShouldBe(_folder["model.safetensors.index.json"]);
        error.Place.ShouldBe(place);
        error.Reason.ShouldContain(reason);
    }

    [Fact]
    public void TruncationOfAnIndexAtEveryByteIsATypedError()
    {
        var whole = Encoding.UTF8.GetBytes("""{"metadata":{"total_size":4},"weight_map":{"a":"model-1.safetensors"}}""");
        for (var length = 0; length < whole.Length; length++)
        {
            _folder.Write("model.safetensors.index.json", whole.AsSpan(0, length));
            Should.Throw<MalformedInputException>(() => WeightFiles.Open(_folder.Path), $"cut to {length} bytes");
        }
    }

    private void Index(string map) => File.WriteAllText(_folder["model.safetensors.index.json"], $$"""{"weight_map":{{map}}}""");

    private void Save(string name, string tensor)
    {
        var writer = new SafetensorsWriter();
        writer.Add(tensor, Tensor.FromValues([1f], 1));
        writer.Save(_folder[name]);
    }
}
