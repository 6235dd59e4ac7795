using System.CommandLine;
using Tessera.Generation;
using Tessera.Laboratory;

namespace Tessera.Cli.Loading;

/// <summary>The option that says how tokens are found.</summary>
internal sealed class StrategyArguments
{
    private readonly Option<string?> _strategy = new("--strategy")
    {
        Description = "How tokens are found: plain (one pass a token, the default), or a method such as token-recycling, with options behind a colon: token-recycling:nodes=16. They change the speed, never the answer. 'tessera methods' lists them.",
        HelpName = "NAME[:OPTION=VALUE,…]",
    };

    /// <summary>Adds the option to a command.</summary>
    public void AddTo(Command command) => command.Add(_strategy);

    /// <summary>The strategy; null where none was named.</summary>
    /// <exception cref="UsageException">There is none of the name, or its options are wrong.</exception>
    public Strategy? Find(ParseResult result)
    {
        var text = result.GetValue(_strategy);
        if (text is null or "plain") return text is null ? null : Strategy.Plain;
        return UsageException.Guard(() => MethodCatalogue.Create<Strategy>(MethodStage.Strategy, text));
    }

    /// <summary>The options with the strategy that was named.</summary>
    public GenerationOptions Apply(ParseResult result, GenerationOptions options) => Find(result) is { } strategy ? options with { Strategy = strategy } : options;
}
