using System.CommandLine;
using Tessera.Generation;
using Tessera.Laboratory;

namespace Tessera.Cli.Loading;

/// <summary>The options that say how an answer is generated. What is not given comes from the model's own generation_config.json.</summary>
internal sealed class SamplingArguments
{
    private const int UsualMaxTokens = 512; // of answers whose length neither the user nor the model bounds

    private readonly Option<double?> _temperature = new("--temperature")
    {
        Description = "Divides the logits: below 1 surer, above 1 more varied; 0 always takes the most probable token (greedy). Default: the model's own, else greedy.",
        HelpName = "T",
    };

    private readonly Option<int?> _topK = new("--top-k") { Description = "Draws among the K most probable tokens only; 0 for all.", HelpName = "K" };

    private readonly Option<double?> _topP = new("--top-p")
    {
        Description = "Draws among the most probable tokens that together have probability P, from 0 to 1.",
        HelpName = "P",
    };

    private readonly Option<double?> _minP = new("--min-p")
    {
        Description = "Draws among tokens that have at least P times the best token's probability.",
        HelpName = "P",
    };

    private readonly Option<double?> _typicalP = new("--typical-p")
    {
        Description = "Draws among the tokens whose surprise is nearest to what the model expects, that together have probability P, above 0 and at most 1.",
        HelpName = "P",
    };

    private readonly Option<double?> _repetition = new("--repetition-penalty")
    {
        Description = "Divides the logits of tokens that have occurred, prompt included; 1 changes nothing.",
        HelpName = "X",
    };

    private readonly Option<double?> _frequency = new("--frequency-penalty")
    {
        Description = "Taken off a token's logit for each time that it was generated; 0 changes nothing.",
        HelpName = "X",
    };

    private readonly Option<double?> _presence = new("--presence-penalty")
    {
        Description = "Taken off a token's logit once it was generated; 0 changes nothing.",
        HelpName = "X",
    };

    private readonly Option<string[]> _sampler = new("--sampler")
    {
        Description = "A method of the stage 'logits' by name, with options after a colon: typical:mass=0.9. May be given several times; they run in that order, after the options above. See: tessera methods --stage logits",
        HelpName = "NAME[:OPTION=VALUE,…]",
    };

    private readonly Option<ulong?> _seed = new("--seed") { Description = "Names the random numbers: the same seed gives the same answer on any number of threads. Default 0.", HelpName = "N" };

    private readonly Option<int?> _maxTokens = new("--max-tokens", "-n")
    {
        Description = $"The most tokens to generate. Default: the model's own, else {UsualMaxTokens}.",
        HelpName = "N",
    };

    private readonly Option<string[]> _stop = new("--stop")
    {
        Description = "Ends the answer before this text; may be given several times.",
        HelpName = "TEXT",
    };

    private readonly Option<int?> _alternatives = new("--alternatives")
    {
        Description = "With --json: how many of the most probable tokens to report at each step.",
        HelpName = "N",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _temperature, _topK, _topP, _minP, _typicalP, _repetition, _frequency, _presence, _sampler, _seed, _maxTokens, _stop, _alternatives })
            command.Add(option);
    }

    /// <summary>The user's options over the model's.</summary>
    /// <exception cref="UsageException">A value is out of range.</exception>
    public GenerationOptions Options(ParseResult result, GenerationDefaults defaults, bool json)
    {
        if (result.GetValue(_alternatives) is not null && !json) throw new UsageException("--alternatives needs --json: there is no place for them in plain text.");
        var options = defaults.ToOptions();
        return UsageException.Guard(() => options with
        {
            Sampling = Sampling(result, options.Sampling),
            MaxTokens = result.GetValue(_maxTokens) ?? options.MaxTokens ?? UsualMaxTokens,
            StopStrings = result.GetValue(_stop) ?? [],
            TopAlternatives = result.GetValue(_alternatives) ?? 0,
        });
    }

    private SamplingOptions Sampling(ParseResult result, SamplingOptions own)
    {
        var (temperature, topK, topP, minP) = (result.GetValue(_temperature), result.GetValue(_topK), result.GetValue(_topP), result.GetValue(_minP));
        var typicalP = result.GetValue(_typicalP);

        LogitsStage[] stages = [.. (result.GetValue(_sampler) ?? []).Select(text => MethodCatalogue.Create<LogitsStage>(MethodStage.Logits, text))];

        // Who asks for a choice among several tokens does not want the greedy one that the model's files may recommend.
        var drawn = own.Temperature == 0 && ((topK ?? topP ?? minP ?? typicalP) is not null || stages.Length > 0) ? 1 : own.Temperature;
        return own with
        {
            Temperature = temperature ?? drawn,
            TopK = topK ?? own.TopK,
            TopP = topP ?? own.TopP,
            MinP = minP ?? own.MinP,
            TypicalP = typicalP ?? own.TypicalP,
            RepetitionPenalty = result.GetValue(_repetition) ?? own.RepetitionPenalty,
            FrequencyPenalty = result.GetValue(_frequency) ?? own.FrequencyPenalty,
            PresencePenalty = result.GetValue(_presence) ?? own.PresencePenalty,
            Stages = stages,
            Seed = result.GetValue(_seed) ?? own.Seed,
        };
    }
}
