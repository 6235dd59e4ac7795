namespace Tessera.Tokenizers.Measures.Composition;

/// <summary>What a vocabulary is made of: counts by class, and of letters by script.</summary>
public sealed class VocabularyComposition
{
    private readonly int[] _counts;
    private readonly Dictionary<(string Script, TokenClass Class), int> _scripts;

    internal VocabularyComposition(string name, int[] counts, Dictionary<(string, TokenClass), int> scripts)
    {
        ArgumentNullException.ThrowIfNull(name);
        (Name, _counts, _scripts) = (name, counts, scripts);
        Entries = counts.Sum();
        Letters = scripts.Values.Sum();
    }

    /// <summary>What reports call the vocabulary.</summary>
    public string Name { get; }

    /// <summary>Whether it was classified as the paper's program does.</summary>
    public bool IsCompatible { get; init; }

    /// <summary>The version of Unicode that says which characters have names.</summary>
    public static string UnicodeVersion => NameWords.UnicodeVersion;

    /// <summary>The number of entries.</summary>
    public int Entries { get; }

    /// <summary>Entries made of letters of one script.</summary>
    public int Letters { get; }

    /// <summary>Scripts and classes of letters that there are, in order.</summary>
    public IReadOnlyList<(string Script, TokenClass Class)> Scripts => [.. _scripts.Keys.OrderBy(static k => k.Script, StringComparer.Ordinal).ThenBy(static k => k.Class)];

    /// <summary>How many entries are of a class.</summary>
    public int Count(TokenClass kind) => _counts[(int)kind];

    /// <summary>How many entries are letters of a script and class.</summary>
    public int Count(string script, TokenClass kind) => _scripts.GetValueOrDefault((script, kind));

    /// <summary>How many entries are letters of a script.</summary>
    public int Count(string script) => _scripts.Where(s => s.Key.Script == script).Sum(static s => s.Value);

    /// <summary>Percent of all entries that are of a class.</summary>
    public double Percent(TokenClass kind) => Entries == 0 ? 0 : 100.0 * Count(kind) / Entries;

    /// <summary>Percent of the entries made of letters that are of a script and class.</summary>
    public double Percent(string script, TokenClass kind) => Letters == 0 ? 0 : 100.0 * Count(script, kind) / Letters;

    /// <summary>Percent of the entries made of letters that are of a script.</summary>
    public double Percent(string script) => Letters == 0 ? 0 : 100.0 * Count(script) / Letters;

    /// <summary>Completeness: percent of entries that are whole characters.</summary>
    public double Completeness => 100 - Percent(TokenClass.Flank) - (IsCompatible ? 0 : Percent(TokenClass.SingleByte));

    /// <summary>The share of a script's longer entries that start a word, from 0 to 1; NaN where there are none.</summary>
    public double WordInitialShare(string script)
    {
        var (spaced, inner) = (Count(script, TokenClass.SpacedAlpha), Count(script, TokenClass.InnerAlpha));
        return spaced + inner == 0 ? double.NaN : spaced / (double)(spaced + inner);
    }

    /// <summary>
    /// Entries that no text reaches: encoding what they stand for gives something else. Control tokens, single bytes and pieces of characters
    /// are left out, which other text reaches.
    /// </summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="cancellationToken">Seen now and then.</param>
    /// <returns>The entries that are not reached, and how many were tried.</returns>
    public static (IReadOnlyList<VocabularyEntry> Unreached, int Tried) Unreachable(Tokenizer tokenizer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var (unreached, tried) = (new List<VocabularyEntry>(), 0);
        foreach (var entry in VocabularyEntry.Of(tokenizer))
        {
            if (tried % 1024 == 0) cancellationToken.ThrowIfCancellationRequested();
            if (entry.Text is not { Length: > 0 } text || entry.IsSingleByte || tokenizer.IsSpecial(entry.Id)) continue;
            tried++;
            // A marker in front is put there by some tokenizers themselves; in the middle of text it is not, so both are tried.
            if (Gives(tokenizer, text, entry.Id) || Gives(tokenizer, "a" + text, entry.Id) || text[0] == ' ' && Gives(tokenizer, text[1..], entry.Id)) continue;
            unreached.Add(entry);
        }

        return (unreached, tried);
    }

    private static bool Gives(Tokenizer tokenizer, string text, int id) =>
        text.Length > 0 && tokenizer.EncodeToIds(text, EncodeOptions.PlainText) is { Length: > 0 } ids && ids[^1] == id;
}
