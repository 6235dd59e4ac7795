using Tessera.Generation;

namespace Tessera.Golden;

/// <summary>Stages of transformers and llama.cpp, alone and in chains, on a row of logits and a history: what is kept, and with which logits.</summary>
internal sealed class SamplerStageReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method == "samplers" && @case.Has("input") && (@case.Input.Has("stages") || @case.Input.Find("stage")?.Kind == System.Text.Json.JsonValueKind.String)
        && SamplerStages.Of(@case.Input) is not null;

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var row = @case.Input.Find("row") is { } name ? @case.File.Root["rows"][name.AsString()].AsFloats() : @case.Input["logits"].AsFloats();
        var history = @case.Input.Find("history")?.AsInts() ?? [];
        var ignored = @case.Input.Find("parameters")?.Find("prompt_ignore_length") ?? @case.Input.Find("prompt_length");
        var prompt = ignored?.AsInt() ?? 0;
        var candidates = new SamplerChain(SamplerStages.Of(@case.Input)!).Apply(row, new StageContext(history, prompt));
        SamplerChecks.Row(@case, check, row, candidates);
    }
}
