using System.CommandLine;
using Tessera.Tokenizers.Domain;
using Tessera.Tokenizers.Morphology;

namespace Tessera.Cli.Loading;

/// <summary>What the trainers of domains and morphemes want to know beside the vocabulary.</summary>
internal sealed class DomainTrainerArguments
{
    private readonly Option<string?> _groups = new("--groups") { Description = "Groups of hand-picked tokens, joined by commas: whitespace, markdown, html, json, xml, years, enumerators, numbers, all (kl3m).", HelpName = "NAMES" };
    private readonly Option<string?> _terms = new("--terms") { Description = "Own hand-picked tokens, one a line (kl3m).", HelpName = "FILE" };
    private readonly Option<bool> _singleWord = new("--single-word") { Description = "Hand-picked tokens match only where no word goes on around them (kl3m)." };
    private readonly Option<bool> _lowercase = new("--lowercase") { Description = "All text becomes small letters (kl3m)." };
    private readonly Option<bool> _lengthInBytes = new("--length-in-bytes") { Description = "--max-token-length counts bytes, as the paper's program does (kl3m)." };
    private readonly Option<bool> _noPadding = new("--no-padding") { Description = "The vocabulary is not filled up to a power of two (kl3m)." };
    private readonly Option<string?> _morphemes = new("--morphemes") { Description = "Morphemes, one a line, perhaps with a tab and a tag, a tab and a cost (morpheme-bpe).", HelpName = "FILE" };
    private readonly Option<string?> _suffixes = new("--suffixes") { Description = "Suffixes, one a line, taken off the longest first (morpheme-bpe).", HelpName = "FILE" };
    private readonly Option<string?> _segmented = new("--segmented") { Description = "Text whose morphemes are divided by + (morpheme-bpe).", HelpName = "FILE" };

    /// <summary>The options of domains.</summary>
    public Option[] OfDomains => [_groups, _terms, _singleWord, _lowercase, _lengthInBytes, _noPadding];

    /// <summary>The options of morphemes.</summary>
    public Option[] OfMorphemes => [_morphemes, _suffixes, _segmented];

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in OfDomains.Concat(OfMorphemes)) command.Add(option);
    }

    /// <summary>The trainer's options for a domain, with what was given.</summary>
    public DomainTrainerOptions Domain(ParseResult result, DomainTrainerOptions options) => options with
    {
        Groups = Groups(result.GetValue(_groups)),
        Terms = result.GetValue(_terms) is { } file ? [.. File.ReadAllLines(file).Where(static l => l.Length > 0)] : [],
        SingleWord = result.GetValue(_singleWord),
        Lowercase = result.GetValue(_lowercase),
        LengthInBytes = result.GetValue(_lengthInBytes),
        Pad = !result.GetValue(_noPadding),
    };

    /// <summary>The analyser that was named.</summary>
    /// <exception cref="UsageException">None or several were.</exception>
    public IMorphemeAnalyser Analyser(ParseResult result)
    {
        var files = new[] { result.GetValue(_morphemes), result.GetValue(_suffixes), result.GetValue(_segmented) };
        if (files.Count(static f => f is not null) != 1) throw new UsageException("--type morpheme-bpe needs one of --morphemes, --suffixes and --segmented.");
        if (files[1] is { } suffixes) return new SuffixAnalyser(File.ReadAllLines(suffixes).Select(static l => l.Trim()).Where(static l => l.Length > 0));
        var path = files[0] ?? files[2]!;
        using var reader = new StreamReader(path);
        return files[0] is not null ? LexiconAnalyser.Read(reader, path) : SegmentedTextAnalyser.Read(reader, name: path);
    }

    private static CustomTokenGroups Groups(string? names)
    {
        var groups = CustomTokenGroups.None;
        foreach (var name in (names ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            groups |= Enum.TryParse<CustomTokenGroups>(name, ignoreCase: true, out var group) && Enum.IsDefined(group) && !char.IsAsciiDigit(name[0]) ? group
                : throw new UsageException($"There is no group {name}; there are whitespace, markdown, html, json, xml, years, enumerators, numbers, all.");
        }

        return groups;
    }
}
