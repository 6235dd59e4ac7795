using System.Text;
using Tessera.Models.Adapters;
using Tessera.Models.Files;
using Tessera.Models.State;
using Tessera.Models.Tests.Files;
using Tessera.Tensors;

namespace Tessera.Models.Tests.Adapters;

public sealed class AdapterFolderTests
{
    private const string Module = "base_model.model.model.layers.0.self_attn.q_proj";
    private const string Config = """{"peft_type": "LORA", "r": 2, "lora_alpha": 6, "bias": "none", "use_dora": false, "loftq_config": {}, "modules_to_save": null}""";

    [Theory]
    [InlineData("", 3f)]
    [InlineData(""", "alpha_pattern": {"q_proj": 8}""", 4f)]
    [InlineData(""", "alpha_pattern": {"proj": 8, "model.layers.0.self_attn.q_proj": 1}""", 0.5f)]
    [InlineData(""", "use_rslora": true""", 4.2426405f)]
    public void AnAdapterIsReadWithItsScale(string settings, float scale)
    {
        using var folder = Saved(Config[..^1] + settings + "}", rank: 2);
        var adapter = AdapterFolder.Load(folder.Path);
        var (name, low) = adapter.Maps.ShouldHaveSingleItem();
        name.ShouldBe("model.layers.0.self_attn.q_proj.weight");
        (low.Rank, low.Inputs, low.Outputs, low.Scale).ShouldBe((2, 24, 48, scale));
        low.A.Tensor.Values[5].ShouldBe(5);
        using var model = ToyModels.Language(ToyModels.Llama());
        using var sequence = model.NewSequence(new SequenceOptions { Adapter = adapter });
    }

    [Theory]
    [InlineData("use_dora", "true")]
    [InlineData("modules_to_save", """["lm_head"]""")]
    [InlineData("bias", "\"all\"")]
    [InlineData("layer_replication", "[[0, 4]]")]
    [InlineData("rank_pattern", """{".*q_proj": 2}""")]
    [InlineData("peft_type", "\"IA3\"")]
    public void AVariantThatIsNotComputedIsRefusedByName(string setting, string value)
    {
        var config = System.Text.Json.Nodes.JsonNode.Parse(Config)!.AsObject();
        config[setting] = System.Text.Json.Nodes.JsonNode.Parse(value);
        using var folder = Saved(config.ToJsonString(), rank: 2);
        var e = Should.Throw<UnsupportedFeatureException>(() => AdapterFolder.Load(folder.Path));
        e.Feature.ShouldContain(setting == "peft_type" ? "IA3" : setting);
    }

    [Fact]
    public void WhatDoesNotFitTogetherIsMalformed()
    {
        using (var folder = Saved(Config, rank: 3)) Should.Throw<MalformedInputException>(() => AdapterFolder.Load(folder.Path)).Reason.ShouldContain("rank is 3");
        using (var folder = Saved(Config, rank: 2, outer: 3)) Should.Throw<MalformedInputException>(() => AdapterFolder.Load(folder.Path)).Place.ShouldContain("lora_A");
        using (var folder = Saved(Config.Replace("6", "Infinity", StringComparison.Ordinal), rank: 2)) Should.Throw<MalformedInputException>(() => AdapterFolder.Load(folder.Path));
        using (var folder = Saved(Config, rank: 2, up: null)) Should.Throw<MalformedInputException>(() => AdapterFolder.Load(folder.Path)).Place.ShouldContain("lora_B");
        using (var folder = Saved(Config, rank: 2, extra: "base_model.model.lm_head.weight")) Should.Throw<UnsupportedFeatureException>(() => AdapterFolder.Load(folder.Path)).Feature.ShouldContain("lm_head");
    }

    private static ScratchFolder Saved(string config, int rank, int outer = 0, string? up = ".lora_B.weight", string? extra = null)
    {
        var folder = new ScratchFolder();
        folder.Write("adapter_config.json", Encoding.UTF8.GetBytes(config));
        var writer = new SafetensorsWriter();
        writer.Add(Module + ".lora_A.weight", Tensor.FromValues([.. Enumerable.Range(0, rank * 24).Select(i => (float)i)], rank, 24));
        if (up is not null) writer.Add(Module + up, Tensor.Create(TensorFormat.F32, 48, outer == 0 ? rank : outer));
        if (extra is not null) writer.Add(extra, Tensor.Create(TensorFormat.F32, 2, 2));
        writer.Save(folder["adapter_model.safetensors"]);
        return folder;
    }
}
