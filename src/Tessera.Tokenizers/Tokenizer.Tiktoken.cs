using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Tiktoken;

namespace Tessera.Tokenizers;

/// <content>The way to and from tiktoken's rank files.</content>
public sealed partial class Tokenizer
{
    /// <summary>Builds the tokenizer of a rank file.</summary>
    /// <param name="ranks">The file's text: a line for each token, base64 of its bytes, a blank, its rank.</param>
    /// <param name="encoding">The pattern and the control tokens, which such a file does not hold.</param>
    /// <param name="name">What errors call the file.</param>
    /// <param name="limits">Bounds on what it may ask for; null for the defaults.</param>
    /// <exception cref="MalformedInputException">A line is wrong, a byte has no token, or a control token's id is a rank.</exception>
    /// <exception cref="UnsupportedFeatureException">The pattern uses what the engine here does not know.</exception>
    /// <exception cref="ResourceLimitException">There are more or longer tokens than the limits allow.</exception>
    public static Tokenizer FromTiktoken(ReadOnlySpan<byte> ranks, TiktokenEncoding encoding, string name = "rank file", InputLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(encoding);
        limits ??= InputLimits.Default;
        if (ranks.Length > limits.MaxJsonBytes) throw new ResourceLimitException($"bytes of {name}", ranks.Length, limits.MaxJsonBytes);
        var tokens = RankFile.Read(ranks, name, limits);
        var taken = tokens.Select(static t => t.Rank).ToHashSet();
        foreach (var (token, id) in encoding.SpecialTokens)
        {
            if (taken.Contains(id)) throw new MalformedInputException(name, $"rank {id}", $"the encoding {encoding.Name} has that id for {token}");
            if (id < 0 || id >= limits.MaxVocabulary) throw new ResourceLimitException($"ids of {encoding.Name}", id + 1L, limits.MaxVocabulary);
        }

        var model = RankFile.Model(tokens, name);
        var json = $$"""{"pre_tokenizer":{{ComponentJson.Splits(PatternOf(encoding, name))}},"decoder":{{ComponentJson.ByteLevelDecoder}}}""";
        int? Id(string token) => encoding.SpecialTokens.TryGetValue(token, out var id) ? id : null;
        var specials = new SpecialTokens { EndOfSequence = Id("<|return|>") ?? Id("<|endoftext|>") };
        return new Tokenizer(TokenizerJsonReader.Parts(JsonPart.Parse(json, name), canRunOnBytes: true, _ => model) with
        {
            AddedTokens = [.. encoding.SpecialTokens.Select(static t => new AddedToken(t.Value, t.Key) { Special = true })],
            SpecialTokens = specials with { EndOfGeneration = SpecialTokenNames.EndOfGeneration(specials, Id) },
        });
    }

    // "{n,m}+" is possessive in tiktoken's engine and a repetition in that of tokenizer.json; at the end of an alternative "{n,m}" is the same as the first.
    private static string PatternOf(TiktokenEncoding encoding, string name)
    {
        var pattern = encoding.Pattern.Replace(@"|\p{N}{1,3}+|", @"|\p{N}{1,3}|", StringComparison.Ordinal);
        for (var at = pattern.IndexOf("}+", StringComparison.Ordinal); at > 0; at = pattern.IndexOf("}+", at + 1, StringComparison.Ordinal))
        {
            if (char.IsAsciiDigit(pattern[at - 1]) || pattern[at - 1] == ',')
                throw new UnsupportedFeatureException(name, $"a possessive quantifier {{n,m}}+ in the pattern of {encoding.Name}", "Leave the + out where nothing depends on it.");
        }

        return pattern;
    }

    /// <summary>Loads a rank file.</summary>
    /// <param name="path">The file, <c>*.tiktoken</c>.</param>
    /// <param name="encoding">Its pattern and control tokens; null for those of the known encoding whose name the file bears.</param>
    /// <param name="limits">Bounds on what it may ask for; null for the defaults.</param>
    /// <exception cref="UnsupportedFeatureException">No encoding is given, and the file's name is none that is known.</exception>
    /// <exception cref="MalformedInputException">The file breaks the rules of its format.</exception>
    /// <exception cref="ResourceLimitException">The file is larger than the limits allow.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Tokenizer LoadTiktoken(string path, TiktokenEncoding? encoding = null, InputLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        encoding ??= TiktokenEncoding.Find(Path.GetFileNameWithoutExtension(path))
            ?? throw new UnsupportedFeatureException(path, "a rank file without its pattern", $"Name an encoding, or give the file the name of one: {string.Join(", ", TiktokenEncoding.Known.Select(static e => e.Name))}.");
        return FromTiktoken(ReadAll(path, limits ?? InputLimits.Default), encoding, path, limits);
    }

    /// <summary>The tokenizer of a model of OpenAI's, from the rank file of its encoding.</summary>
    /// <param name="model">The model, such as <c>gpt-4o</c>.</param>
    /// <param name="directory">Where rank files are; null for <c>tessera/encodings</c> in the user's folder for local application data.</param>
    /// <exception cref="UnsupportedFeatureException">The name is not known.</exception>
    /// <exception cref="RankFileMissingException">The file is not there; nothing is fetched.</exception>
    public static Tokenizer CreateForModel(string model, string? directory = null)
    {
        var encoding = TiktokenEncoding.ForModel(model) ?? throw new UnsupportedFeatureException(model, "a model of this name", "Names are those of OpenAI's models, such as gpt-4o, gpt-4 or text-embedding-3-small.");
        directory ??= Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "tessera", "encodings");
        var path = Path.Combine(directory, encoding.FileName!);
        return File.Exists(path) ? LoadTiktoken(path, encoding) : throw new RankFileMissingException(encoding, path);
    }

    /// <summary>Saves the tokens as a rank file, which is replaced only when everything is written.</summary>
    /// <inheritdoc cref="WriteTiktoken"/>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SaveTiktoken(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var temporary = path + ".partial";
        using (var stream = File.Create(temporary)) WriteTiktoken(stream);
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>
    /// Writes the tokens as a rank file. Such a file knows no list of merges, no pattern, no control tokens: whoever reads it needs the last two
    /// beside it.
    /// </summary>
    /// <param name="stream">Takes the text; stays open.</param>
    /// <exception cref="UnsupportedFeatureException">The tokenizer is no byte-level BPE, or its merges are not those that ranks imply.</exception>
    public void WriteTiktoken(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        const string file = "rank file";
        if (_model is not BpeModel { Options.OnBytes: true } bpe) throw new UnsupportedFeatureException(file, "a tokenizer other than byte-level BPE");
        var added = Added.ById.Keys.ToHashSet();
        var tokens = new List<(byte[] Token, int Rank)>();
        foreach (var (token, id) in bpe.Vocabulary.Entries())
        {
            if (!added.Contains(id)) tokens.Add((ByteAlphabet.Decode(token) ?? throw new UnsupportedFeatureException(file, $"the token {id}, which is not of bytes"), id));
        }

        var implied = RankFile.Merges(tokens, file);
        var own = bpe.Merges.OrderBy(static m => m.Rank).Select(static m => (m.Left, m.Right, m.Result));
        if (!own.SequenceEqual(implied.Select(static m => (m.Left, m.Right, m.Result)))) throw new UnsupportedFeatureException(file, "a BPE whose merges are not in the order of its ids");
        if (!bpe.Options.IgnoreMerges && implied.Count != tokens.Count(static t => t.Token.Length > 1)) throw new UnsupportedFeatureException(file, "a BPE with tokens that no merges lead to");
        RankFile.Write(tokens, stream);
    }
}
