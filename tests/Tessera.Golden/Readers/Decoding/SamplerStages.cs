using Tessera.Generation;

namespace Tessera.Golden;

/// <summary>Turns stages as the sampler files write them (Hugging Face's and llama.cpp's names) into Tessera's.</summary>
internal static class SamplerStages
{
    /// <summary>The stages of a case, or null where one of them does not exist here.</summary>
    public static List<LogitsStage>? Of(GoldenValue input)
    {
        var stages = new List<LogitsStage>();
        if (input.Find("stages") is { } several)
        {
            foreach (var stage in several.Items)
            {
                if (!Add(stages, stage["stage"].AsString(), stage["parameters"], TieRule.LowerIds))
                    return null;
            }

            return stages;
        }

        return Add(stages, input["stage"].AsString(), input["parameters"], TieRule.All) ? stages : null;
    }

    private static bool Add(List<LogitsStage> stages, string name, GoldenValue p, TieRule ties)
    {
        double Number(string key, double otherwise = 0) => p.Find(key)?.AsDouble() ?? otherwise;
        int Whole(string key, int otherwise = 0) => p.Find(key)?.AsInt() ?? otherwise;
        var minKeep = Math.Max(1, Whole("min_tokens_to_keep", Whole("min_keep", 1)));
        var window = new PenaltyWindow(p.Has("prompt_ignore_length") ? PenaltyScope.Generated : PenaltyScope.PromptAndGenerated);
        if (name == "penalties") // llama.cpp: one stage, here two
        {
            window = new PenaltyWindow(PenaltyScope.LastN, Whole("last_n"));
            stages.Add(new RepetitionPenalty(Number("repeat"), window));
            stages.Add(new FrequencyPenalty(Number("frequency"), Number("presence"), window));
            return true;
        }

        // llama.cpp's values for "off", for which there is no stage here.
        if ((name is "top_k" && ties == TieRule.LowerIds && Whole("k") <= 0) || (name is "top_n_sigma" && Number("n") <= 0)
            || (name is "typical" && Number("p") >= 1) || (name is "dry" && (Number("multiplier") <= 0 || Number("base") < 1 || Whole("last_n") == 0)))
            return true;

        LogitsStage? stage = name switch
        {
            "temperature" => new TemperatureSampler(Math.Max(0, Number("temperature", Number("t")))),
            "dynamic_temperature" => new DynamicTemperatureSampler(Number("t"), Number("range"), Number("exponent")),
            "top_k" => new TopKSampler(Math.Max(Whole("top_k", Whole("k")), minKeep), ties),
            "top_p" => new TopPSampler(Number("top_p", Number("p")), minKeep),
            "typical" or "typical_p" => new TypicalSampler(
                Number("typical_p", Number("p")), minKeep, name == "typical" ? TypicalRule.LlamaCpp : TypicalRule.HuggingFace),
            "min_p" => new MinPSampler(Number("min_p", Number("p")), minKeep),
            "top_n_sigma" => new TopNSigmaSampler(Number("n")),
            "top_h" => new TopHSampler(Number("top_h")),
            "epsilon_cutoff" => new EpsilonSampler(Number("epsilon_cutoff"), minKeep),
            "eta_cutoff" => new EtaSampler(Number("eta_cutoff"), minKeep),
            "xtc" => new XtcSampler(Number("probability"), Number("threshold"), minKeep),
            "logit_bias" => new LogitBias(p["bias"].AsDoubleRows().ToDictionary(static b => (int)b[0], static b => (float)b[1])),
            "repetition_penalty" => new RepetitionPenalty(Number("repetition_penalty"), window),
            "no_repeat_ngram_size" => new NoRepeatNGram(Whole("no_repeat_ngram_size")),
            "dry" => new DryPenalty(Number("multiplier"), Number("base"), Whole("allowed_length"), Whole("last_n"), p["breakers"].AsIntRows()),
            "min_length" => new MinNewTokens(Whole("min_length"), p["eos_token_id"].AsInts()), // its cases have no prompt length: all is new
            "min_new_tokens" => new MinNewTokens(Whole("min_new_tokens"), p["eos_token_id"].AsInts()),
            "suppress_tokens" => new LogitBias(p["suppress_tokens"].AsInts().ToDictionary(static id => id, static _ => float.NegativeInfinity)),
            _ => null,
        };
        if (stage is not null)
            stages.Add(stage);
        return stage is not null;
    }
}
