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
        if (TypicalSeesImpossible(@case.Input))
            throw new NotCoveredException("llama.cpp's top-n-sigma leaves impossible tokens in the list, over which the entropy of its typical stage is no number");
        var row = @case.Input.Find("row") is { } name ? @case.File.Root["rows"][name.AsString()].AsFloats() : @case.Input["logits"].AsFloats();
        var history = @case.Input.Find("history")?.AsInts() ?? [];
        var ignored = @case.Input.Find("parameters")?.Find("prompt_ignore_length") ?? @case.Input.Find("prompt_length");
        var prompt = ignored?.AsInt() ?? 0;
        var candidates = new SamplerChain(SamplerStages.Of(@case.Input)!).Apply(row, new StageContext(history, prompt));
        SamplerChecks.Row(@case, check, row, candidates);
    }

    private static bool TypicalSeesImpossible(GoldenValue input)
    {
        var names = input.Find("stages")?.Items.Where(static s => s.Has("stage")).Select(static s => s["stage"].AsString()).ToList() ?? [];
        return names.IndexOf("top_n_sigma") is >= 0 and var at && names.IndexOf("typical") > at;
    }
}
