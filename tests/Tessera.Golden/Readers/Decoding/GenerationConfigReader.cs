using Tessera.Generation;

namespace Tessera.Golden;

/// <summary>A generation configuration of transformers: the order of the stages that it leads to, and the final row.</summary>
internal sealed class GenerationConfigReader : IGoldenReader
{
    private static readonly Dictionary<string, string> s_names = new(StringComparer.Ordinal)
    {
        ["RepetitionPenaltyLogitsProcessor"] = "repetition penalty",
        ["NoRepeatNGramLogitsProcessor"] = "no-repeat n-gram",
        ["TemperatureLogitsWarper"] = "temperature",
        ["TopHLogitsWarper"] = "top-h",
        ["TopKLogitsWarper"] = "top-k",
        ["TopPLogitsWarper"] = "top-p",
        ["MinPLogitsWarper"] = "min-p",
        ["TypicalLogitsWarper"] = "typical",
        ["EpsilonLogitsWarper"] = "epsilon cutoff",
        ["EtaLogitsWarper"] = "eta cutoff",
    };

    private static readonly HashSet<string> s_keys = new(StringComparer.Ordinal)
    {
        "top_k", "temperature", "top_p", "min_p", "typical_p", "top_h", "repetition_penalty", "no_repeat_ngram_size", "epsilon_cutoff", "eta_cutoff", "renormalize_logits",
    };

    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method == "samplers" && @case.Has("input") && @case.Input.Find("generation_config") is { } config
        && config.Properties.All(static p => s_keys.Contains(p.Key));

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var config = @case.Input["generation_config"];
        double Number(string key, double otherwise) => config.Find(key)?.AsDouble() ?? otherwise;
        var chain = SamplerChain.Create(new SamplingOptions
        {
            Preset = SamplerPreset.HuggingFace,
            Temperature = Number("temperature", 1),
            TopK = (int)Number("top_k", 50),
            TopP = Number("top_p", 1),
            MinP = Number("min_p", 0),
            TypicalP = Number("typical_p", 1),
            TopH = Number("top_h", 0),
            RepetitionPenalty = Number("repetition_penalty", 1),
            NoRepeatNGram = (int)Number("no_repeat_ngram_size", 0),
            EpsilonCutoff = Number("epsilon_cutoff", 0),
            EtaCutoff = Number("eta_cutoff", 0),
        });

        // Renormalising is no stage here: the draw and the reports do it.
        var order = @case.Expected["order"].AsStrings().Where(static name => name != "LogitNormalization").Select(static name => s_names.GetValueOrDefault(name!, name!));
        var built = chain.Stages.Select(static stage => stage.Name).ToArray();
        check.That(order.SequenceEqual(built), "expected.order", string.Join(", ", order), string.Join(", ", built));

        var row = @case.Input["logits"].AsFloats();
        var candidates = chain.Apply(row, new StageContext(@case.Input["history"].AsInts(), @case.Input["prompt_length"].AsInt()));
        SamplerChecks.Row(@case, check, row, candidates);
    }
}
