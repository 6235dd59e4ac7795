using Tessera.Models.Files;
using Tessera.Tensors;

namespace Tessera.Cli.Tests;

public sealed class AdapterOptionTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Fact]
    public async Task AnAdapterChangesWhatTheModelSays()
    {
        var zero = Saved("zero", 32, 0f);
        var strong = Saved("strong", 32, 5f);
        var plain = await Say();
        (await Say("--adapter", zero)).ShouldBe(plain);
        (await Say("--adapter", strong)).ShouldNotBe(plain);

        async Task<string> Say(params string[] more)
        {
            var run = await Invocation.Of(["run", "-m", tiny.Directory, "--exact", "--json", "--max-tokens", "8", "--raw", "Hi", .. more]);
            run.ExitCode.ShouldBe(0, run.Error);
            return string.Join('\n', run.Output.Split('\n').Where(line => line.Contains("\"token\"", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task AnAdapterOfAnotherModelIsRefused()
    {
        var run = await Invocation.Of("run", "-m", tiny.Directory, "--adapter", Saved("wide", 48, 1f), "Hi");
        run.ExitCode.ShouldBe(2);
        run.Error.ShouldContain("[32, 32]");
        (await Invocation.Of("run", "-m", tiny.Directory, "--adapter", tiny.Scratch + "/none", "Hi")).ExitCode.ShouldNotBe(0);
    }

    private string Saved(string name, int width, float value)
    {
        var folder = Directory.CreateDirectory(Path.Combine(tiny.Scratch, name + Guid.NewGuid().ToString("N"))).FullName;
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), """{"peft_type": "LORA", "r": 1, "lora_alpha": 1}""");
        var writer = new SafetensorsWriter();
        foreach (var (factor, rows, columns) in new[] { ("lora_A", 1, width), ("lora_B", 32, 1) })
        {
            var values = Enumerable.Range(0, rows * columns).Select(i => value * MathF.Sin(i + columns)).ToArray();
            writer.Add($"base_model.model.model.layers.0.self_attn.o_proj.{factor}.weight", Tensor.FromValues(values, rows, columns));
        }

        writer.Save(Path.Combine(folder, "adapter_model.safetensors"));
        return folder;
    }
}
