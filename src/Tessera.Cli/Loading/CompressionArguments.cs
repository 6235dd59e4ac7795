using System.CommandLine;
using Tessera.Context.Compression;

namespace Tessera.Cli.Loading;

/// <summary>The options that say how much of a prompt stays, and what in any case.</summary>
internal sealed class CompressionArguments
{
    private readonly Option<double?> _rate = new("--rate") { Description = "The share of tokens to keep, above 0 and at most 1. Default 0.5.", HelpName = "R" };
    private readonly Option<int?> _target = new("--target-tokens") { Description = "About how many tokens to keep, instead of a share.", HelpName = "N" };
    private readonly Option<string[]> _force = new("--force-token")
    {
        Description = "A text to keep wherever it stands; may be given several times. \\n, \\t and \\\\ stand for a line end, a tab and a backslash.", HelpName = "TEXT",
    };

    private readonly Option<bool> _digits = new("--keep-digits") { Description = "Keeps every word with a digit." };
    private readonly Option<bool> _consecutive = new("--drop-consecutive") { Description = "Drops a forced text that repeats with nothing kept between." };
    private readonly Option<bool> _contexts = new("--filter-contexts") { Description = "With several files: drops the least worth keeping as a whole first." };
    private readonly Option<int?> _sequence = new("--chunk") { Description = "Tokens that the encoder reads at once. Default 512, or what it takes where that is less.", HelpName = "N" };
    private readonly Option<bool> _official = new("--official") { Description = "Gives what the published package gives, quirks included: words spelt by the encoder's tokens." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (ReadOnlySpan<Option>)[_rate, _target, _force, _digits, _consecutive, _contexts, _sequence, _official]) command.Add(option);
    }

    /// <summary>What they say.</summary>
    /// <exception cref="UsageException">A value is out of range, or two contradict each other.</exception>
    public LlmLingua2Options Options(ParseResult result)
    {
        var (rate, target, sequence) = (result.GetValue(_rate), result.GetValue(_target), result.GetValue(_sequence));
        if (rate is not null && target is not null) throw new UsageException("Give --rate or --target-tokens, not both.");
        if (rate is not (null or > 0 and <= 1)) throw new UsageException("--rate is a share above 0 and at most 1: 0.5 keeps half of the tokens.");
        if (target < 1) throw new UsageException("--target-tokens is at least 1.");
        if (sequence < 3) throw new UsageException("--chunk is at least 3: a token and the two around it.");
        string[] forced = [.. (result.GetValue(_force) ?? []).Select(Unescape)];
        if (forced.Any(static t => t.Length == 0)) throw new UsageException("--force-token needs a text.");
        var options = new LlmLingua2Options();
        return options with
        {
            Rate = rate ?? options.Rate, TargetTokens = target, MaxSequence = sequence ?? options.MaxSequence, ForceTokens = forced,
            KeepDigits = result.GetValue(_digits), DropConsecutive = result.GetValue(_consecutive), FilterContexts = result.GetValue(_contexts), Official = result.GetValue(_official),
        };
    }

    private static string Unescape(string text)
    {
        var plain = new System.Text.StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            var next = text[i] == '\\' && i + 1 < text.Length ? text[i + 1] : '\0';
            if (next is 'n' or 't' or '\\')
            {
                plain.Append(next switch { 'n' => '\n', 't' => '\t', _ => '\\' });
                i++;
            }
            else
            {
                plain.Append(text[i]);
            }
        }

        return plain.ToString();
    }
}
