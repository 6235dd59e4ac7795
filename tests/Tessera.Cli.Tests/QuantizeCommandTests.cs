using Tessera.Models.Files;
using Tessera.Tensors;

namespace Tessera.Cli.Tests;

public sealed class QuantizeCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Theory]
    [InlineData("q8_0", TensorFormat.Q8_0)]
    [InlineData("f16", TensorFormat.F16)]
    [InlineData("bf16", TensorFormat.BF16)]
    [InlineData("f32", TensorFormat.F32)]
    public async Task MatricesGetTheFormatAndVectorsStay(string type, TensorFormat format)
    {
        var path = await Quantise(type);
        using var file = GgufFile.Open(path);
        foreach (var tensor in file.Tensors.Values) tensor.Format.ShouldBe(tensor.Shape.Length == 2 ? format : TensorFormat.F32, tensor.Name);
        file.Metadata["tokenizer.ggml.tokens"].Count.ShouldBe(TinyModel.Vocabulary);
    }

    [Fact]
    public async Task ShortRowsGetShorterBlocksAndTheHeadMoreBits()
    {
        var output = Path.Combine(tiny.Scratch, "q4_k.gguf");
        var run = await Invocation.Of("quantize", tiny.Path, output, "--type", "q4_k");
        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldContain("token_embd.weight\tQ8_0"); // six bits asked for, blocks of 256 impossible in rows of 32
        run.Output.ShouldContain("blk.0.attn_q.weight\tQ5_0");
        using var file = GgufFile.Open(output);
        file.Tensors["blk.0.ffn_up.weight"].Format.ShouldBe(TensorFormat.Q5_0);
        file.Metadata["general.file_type"].AsUInt32().ShouldBe(14u);
    }

    [Fact]
    public async Task TheResultRunsAndIsClose()
    {
        var path = await Quantise("q8_0");
        var before = await Invocation.Of("score", "-m", tiny.Path, "--exact", "--json", "Some text.");
        var after = await Invocation.Of("score", "-m", path, "--exact", "--json", "Some text.");
        after.ExitCode.ShouldBe(0, after.Error);
        static double Perplexity(Invocation run) => run.Json[^1].GetProperty("done").GetProperty("perplexity").GetDouble();
        Math.Log(Perplexity(after)).ShouldBe(Math.Log(Perplexity(before)), 0.1); // nats a token; eight bits and rows of 32
    }

    [Fact]
    public async Task QuantisingTwiceIsSaid()
    {
        var run = await Invocation.Of("quantize", await Quantise("q8_0"), Path.Combine(tiny.Scratch, "again.gguf"), "--type", "q4_0", "--pure");
        run.ExitCode.ShouldBe(0, run.Error);
        run.Error.ShouldContain("already");
        run.Output.ShouldNotContain("token_embd");
    }

    private async Task<string> Quantise(string type)
    {
        var output = Path.Combine(tiny.Scratch, type + ".gguf");
        var run = await Invocation.Of("quantize", tiny.Path, output, "--type", type);
        run.ExitCode.ShouldBe(0, run.Error);
        return output;
    }
}
