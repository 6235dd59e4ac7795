using Tessera.Insight.Steering;
using Tessera.Models.Files;
using Tessera.Models.Hooks;
using Tessera.Models.Tests;
using Tessera.Tensors;

namespace Tessera.Insight.Tests.Steering;

public sealed class SteeringVectorFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tessera-steering-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string File(string name) => Path.Combine(_folder, name);

    [Fact]
    public void WhatIsSavedIsReadBack()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        var vector = new SteeringVector(model, HookPoint.ResidMid, [0, 1], [[.. Enumerable.Range(0, 24).Select(i => i / 7f)], new float[24]], "by hand")
        {
            Notes = new Dictionary<string, string> { ["pairs"] = "12", ["remark"] = "naïve \"quotes\"" },
        };
        vector.Save(File("v.safetensors"));
        var read = SteeringVector.Load(File("v.safetensors"), model);
        (read.Point, read.Method, read.Width, read.ModelType, read.Fingerprint).ShouldBe((HookPoint.ResidMid, "by hand", 24, "llama", vector.Fingerprint));
        read.Layers.ShouldBe([0, 1]);
        read.Direction(0).ToArray().ShouldBe(vector.Direction(0).ToArray());
        read.Notes.ShouldBe(vector.Notes, ignoreOrder: true);
    }

    [Fact]
    public void AFileForAnotherModelIsRefused()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        SteeringHookTests.Vector(model).Save(File("v.safetensors"));
        using var deeper = ToyModels.Language(ToyModels.Llama(3));
        using var other = ToyModels.Language(ToyModels.Llama(), seed: 9);
        using var wider = ToyModels.Language(ToyModels.Llama() with { Width = 32 });
        Should.Throw<MalformedInputException>(() => SteeringVector.Load(File("v.safetensors"), deeper)).Reason.ShouldContain("2 layers");
        Should.Throw<MalformedInputException>(() => SteeringVector.Load(File("v.safetensors"), other)).Reason.ShouldContain("another model");
        Should.Throw<MalformedInputException>(() => SteeringVector.Load(File("v.safetensors"), wider)).Reason.ShouldContain("width 24");
    }

    [Fact]
    public void AFileThatEndsEarlyIsRefusedWhereverItEnds()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        SteeringHookTests.Vector(model).Save(File("whole"));
        var whole = System.IO.File.ReadAllBytes(File("whole"));
        for (var length = 0; length < whole.Length; length++)
        {
            System.IO.File.WriteAllBytes(File("cut"), whole[..length]);
            Should.Throw<MalformedInputException>(() => SteeringVector.Load(File("cut"), model), $"at {length}");
        }
    }

    [Theory]
    [InlineData("tessera.steering", null)]
    [InlineData("point", null)]
    [InlineData("point", "Middle")]
    [InlineData("point", "17")]
    [InlineData("point", "residpost")]
    [InlineData("method", "")]
    [InlineData("model_width", "-24")]
    [InlineData("model_width", "25")]
    [InlineData("model_width", "99999999999")]
    [InlineData("model_layers", "0")]
    [InlineData("model_layers", "two")]
    [InlineData("model_type", null)]
    [InlineData("model_fingerprint", "00")]
    public void WrongMetadataIsRefused(string key, string? value)
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        SteeringHookTests.Vector(model).Save(File("v"));
        Rewrite(File("v"), metadata =>
        {
            if (value is null) metadata.Remove(key);
            else metadata[key] = value;
        });
        Should.Throw<MalformedInputException>(() => SteeringVector.Load(File("v"), model));
    }

    [Fact]
    public void ALaterVersionIsRefusedByName()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        SteeringHookTests.Vector(model).Save(File("v"));
        Rewrite(File("v"), metadata => metadata["tessera.steering"] = "2");
        Should.Throw<UnsupportedFeatureException>(() => SteeringVector.Load(File("v")));
    }

    [Theory]
    [InlineData("direction.2")]
    [InlineData("direction.-1")]
    [InlineData("direction.00")]
    [InlineData("weights")]
    public void WrongTensorNamesAreRefused(string name) => RefuseTensor(name, Tensor.FromValues(new float[24], 24));

    [Fact]
    public void WrongTensorsAreRefused()
    {
        RefuseTensor("direction.0", Tensor.FromValues(new float[24], 4, 6));
        RefuseTensor("direction.0", Tensor.FromValues(new float[23], 23));
        RefuseTensor("direction.0", Tensor.Create(TensorFormat.I32, 24));
        RefuseTensor("direction.0", Tensor.FromValues([.. new float[23], float.NaN], 24));
    }

    private void RefuseTensor(string name, Tensor tensor)
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        SteeringHookTests.Vector(model).Save(File("v"));
        Rewrite(File("v"), static _ => { }, name, tensor);
        Should.Throw<MalformedInputException>(() => SteeringVector.Load(File("v"), model));
    }

    private static void Rewrite(string path, Action<IDictionary<string, string>> change, string? name = null, Tensor? tensor = null)
    {
        var writer = new SafetensorsWriter();
        using (var file = SafetensorsFile.Open(path))
        {
            foreach (var (key, value) in file.Metadata) writer.Metadata[key] = value;
            change(writer.Metadata);
            if (name is null) writer.Add("direction.0", Tensor.FromValues(file.GetTensor("direction.0").ToArray(), 24));
            else writer.Add(name, tensor!);
        }

        writer.Save(path);
    }
}
