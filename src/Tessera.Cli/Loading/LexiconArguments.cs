using System.CommandLine;
using Tessera.Tokenizers.Measures.Lexical;

namespace Tessera.Cli.Loading;

/// <summary>The options that name a language's words.</summary>
internal sealed class LexiconArguments
{
    private readonly Option<string?> _words = new("--words") { Description = "Words of the language, one a line, inflected forms included.", HelpName = "FILE" };
    private readonly Option<string?> _morphemes = new("--morphemes") { Description = "Roots and affixes of the language, one a line.", HelpName = "FILE" };
    private readonly Option<string?> _hunspell = new("--hunspell") { Description = "A hunspell dictionary (.dic, its .aff beside it): stems are roots, words are checked by its rules.", HelpName = "FILE" };
    private readonly Option<string?> _corpus = new("--corpus") { Description = "Without any list: what occurs 5 times in this text counts as a word.", HelpName = "FILE" };
    private readonly Option<bool> _turkish = new("--turkish") { Description = "Letters change case as in Turkish: I and ı, İ and i." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_words);
        command.Add(_morphemes);
        command.Add(_hunspell);
        command.Add(_corpus);
        command.Add(_turkish);
    }

    /// <summary>Reads what was named.</summary>
    /// <returns>The lexicon and where it comes from; null where nothing was named.</returns>
    public async Task<(Lexicon Lexicon, string Source)?> ReadAsync(ParseResult result, CancellationToken cancellation)
    {
        var casing = result.GetValue(_turkish) ? LetterCasing.Turkish : LetterCasing.Invariant;
        var (words, morphemes, dictionary, corpus) = (result.GetValue(_words), result.GetValue(_morphemes), result.GetValue(_hunspell), result.GetValue(_corpus));
        if (words is null && morphemes is null && dictionary is null)
        {
            if (corpus is null) return result.GetValue(_turkish) ? throw new UsageException("--turkish says how words change case; name words with --words, --morphemes, --hunspell or --corpus.") : null;
            return (Lexicon.FromCorpus([await File.ReadAllTextAsync(corpus, cancellation).ConfigureAwait(false)], casing), $"what occurs 5 times in {Path.GetFileName(corpus)}");
        }

        if (corpus is not null) throw new UsageException("--corpus stands in for lists; leave it out beside them.");
        var hunspell = dictionary is null ? null : HunspellDictionary.Load(dictionary, casing);
        var roots = await LinesAsync(morphemes, cancellation).ConfigureAwait(false);
        if (hunspell is not null) roots = [.. roots, .. hunspell.Stems, .. hunspell.Affixes];
        var lexicon = new Lexicon(await LinesAsync(words, cancellation).ConfigureAwait(false), roots, casing, hunspell);
        return (lexicon, string.Join(", ", new[] { words, morphemes, dictionary }.Where(static p => p is not null).Select(static p => Path.GetFileName(p))));
    }

    private static async Task<string[]> LinesAsync(string? path, CancellationToken cancellation) =>
        path is null ? [] : [.. (await File.ReadAllLinesAsync(path, cancellation).ConfigureAwait(false)).Select(static l => l.Trim()).Where(static l => l.Length > 0)];
}
