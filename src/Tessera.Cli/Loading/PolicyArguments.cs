using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Tessera.Cli.Output;
using Tessera.Context.Policies;
using Tessera.Laboratory;
using Tessera.Models.Attention;
using Tessera.Models.State;

namespace Tessera.Cli.Loading;

/// <summary>The options that say which tokens stay in the cache of keys and values, or are read from it, and the report of what did.</summary>
internal sealed class PolicyArguments
{
    // A baseline that no paper owns.
    private static readonly MethodDescription s_random = new()
    {
        Name = "random", Paper = "", ArXiv = "", Year = 0, Stage = MethodStage.Policy, Type = typeof(RandomEviction).FullName!, Summary = "Keeps a random choice of tokens and the newest one.",
        Options = [new MethodOption("budget", "number", "0.2", "Slots that a KV head may keep."), new MethodOption("seed", "integer", "0", "Names the random numbers.")],
        Factory = s => new RandomEviction(s.Number("budget", 0.2), s.Seed("seed", 0)),
    };

    private static IEnumerable<MethodDescription> Methods => [.. MethodCatalogue.OfStage(MethodStage.Policy), .. MethodCatalogue.OfStage(MethodStage.Selection), s_random];

    private readonly Option<string?> _policy = new("--kv")
    {
        Description = """
            Which tokens stay in the cache of keys and values (h2o, tova, streaming-llm, random …) or are read from it (tokenselect), with options after a colon: h2o:heavy=0.5. Default full: everything stays. See: tessera methods --stage policy
            """,
        HelpName = "NAME[:OPTION=VALUE,…]",
    };

    private readonly Option<double?> _budget = new("--kv-budget")
    {
        Description = "What --kv may keep in each layer and head: a share of the prompt above 0 and up to 1 (perplexity: of the window), or a number of tokens from 2 on. Default: the method's own.",
        HelpName = "B",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_policy);
        command.Add(_budget);
    }

    /// <summary>Options for sequences under the policy, if one was named.</summary>
    /// <param name="result">The arguments.</param>
    /// <param name="options">How sequences are made otherwise.</param>
    /// <param name="window">Tokens that a share is of, where there is no prompt; null for the prompt's.</param>
    /// <exception cref="UsageException">There is no such method, or an option is out of range.</exception>
    public SequenceOptions Apply(ParseResult result, SequenceOptions options, int? window = null)
    {
        var (text, budget) = (result.GetValue(_policy), result.GetValue(_budget));
        if (text is null or "full" && budget is not null) throw new UsageException("--kv-budget says how much --kv NAME may keep; name a method, h2o for one.");
        if (text is null or "full") return options;
        var (method, settings) = UsageException.Guard(() => MethodCatalogue.Read(text, Methods));
        if (budget is not null && method.Options.All(o => o.Name != "budget")) throw new UsageException($"{method.Name} has no budget; its options are {string.Join(", ", method.Options.Select(o => o.Name))}.");
        if (budget is { } share) settings = settings.With("budget", share.ToString("R", CultureInfo.InvariantCulture));
        if (window is { } tokens && UsageException.Guard(() => settings.Number("budget", Default(method))) is > 0 and < 1 and var part)
            settings = settings.With("budget", Math.Max(2, (int)(tokens * part)).ToString(CultureInfo.InvariantCulture));
        _ = UsageException.Guard(() => method.Create<IAttentionPolicy>(settings)); // says at once what is wrong with the options
        return options with { Policy = () => method.Create<IAttentionPolicy>(settings) };
    }

    /// <summary>What writes the property <c>kv</c> of a report; null where everything stays.</summary>
    public Action<Utf8JsonWriter>? Report(ParseResult result, Func<CacheUse?> use) => result.GetValue(_policy) is not { } name || name == "full" ? null : json =>
    {
        if (use() is not { } cache) return;
        json.WriteStartObject("kv");
        json.WriteString("policy", name);
        WriteRange(json, "keptSlots", cache.LeastKept, cache.MeanKept, cache.MostKept);
        WriteRange(json, "droppedSlots", cache.Tokens - cache.MostKept, cache.Tokens - cache.MeanKept, cache.Tokens - cache.LeastKept);
        json.WriteStartArray("keptByLayer");
        foreach (var heads in cache.Kept) json.WriteNumberValue(Math.Round(heads.Average(), 2));
        json.WriteEndArray();
        json.WriteNumber("bytes", cache.Bytes);
        json.WriteNumber("fullBytes", cache.FullBytes);
        json.WriteEndObject();
    };

    /// <summary>Says in a line what stayed; nothing where everything did.</summary>
    public void Note(ParseResult result, CommandConsole console, CacheUse? use)
    {
        if (result.GetValue(_policy) is not { } name || name == "full" || use is null) return;
        console.Note(string.Create(CultureInfo.InvariantCulture,
            $"({name}: {use.MeanKept:F0} of {use.Tokens} tokens stay in each head's cache, {VisibleText.Size(use.Bytes)} instead of {VisibleText.Size(use.FullBytes)})"));
    }

    private static double Default(MethodDescription method) =>
        method.Options.FirstOrDefault(o => o.Name == "budget")?.Default is { } text && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : 0;

    private static void WriteRange(Utf8JsonWriter json, string name, int least, double mean, int most)
    {
        json.WriteStartObject(name);
        json.WriteNumber("min", least);
        json.Number("mean", Math.Round(mean, 2));
        json.WriteNumber("max", most);
        json.WriteEndObject();
    }
}
