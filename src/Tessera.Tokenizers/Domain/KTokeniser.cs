using Tessera.Tokenizers.Measures;
using Tessera.Tokenizers.Measures.Composition;

namespace Tessera.Tokenizers.Domain;

/// <summary>
/// Adds the words of a domain to an existing tokenizer without touching its ids: each semantic type (drug, disease, statute …) has its own
/// subword tokens, and a word is cut by the tokens of the type that fits it and its sentence best, or by the base. A sentence that would
/// not get shorter stays as the base cuts it, so that no text ever gets longer. The stages are the paper's; where it gives no formulas,
/// these are a reconstruction (docs/methods/k-tokeniser.md says which).
/// </summary>
[Method("k-tokeniser", "Infusing clinical knowledge into tokenisers for language models", "2406.14312", 2024, MethodStage.Tokenizer)]
public sealed partial class KTokeniser
{
    private const string Other = "other";

    private readonly KTokeniserOptions _options;
    private readonly Dictionary<string, int> _known; // what the base has: text with a blank before it where a word starts
    private readonly Dictionary<string, int> _new = new(StringComparer.Ordinal);
    private readonly List<string> _newTokens = [];
    private readonly double[] _basePrices;
    private readonly Dictionary<string, string> _terms; // the words of each term, and its type
    private readonly int _longestTerm;
    private readonly bool _foldsCase; // whether the base makes small letters of capitals

    private KTokeniser(Tokenizer tokenizer, KTokeniserOptions options, IReadOnlyList<SemanticType> types, double[] prices, IReadOnlyList<DomainTerm> terms)
    {
        (Base, _options, Types, _basePrices) = (tokenizer, options, types, prices);
        _foldsCase = tokenizer.EncodeToIds("A", EncodeOptions.PlainText).AsSpan().SequenceEqual(tokenizer.EncodeToIds("a", EncodeOptions.PlainText));
        _known = [];
        foreach (var entry in VocabularyEntry.Of(tokenizer))
        {
            if (entry.Text is { } text) _known.TryAdd(text, entry.Id);
        }

        foreach (var token in types.SelectMany(static t => t.Tokens.Probabilities.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            if (_known.ContainsKey(Written(token))) continue;
            _new.Add(token, tokenizer.VocabularySize + _newTokens.Count);
            _newTokens.Add(token);
        }

        var named = types.Select(static t => t.Name).ToHashSet(StringComparer.Ordinal);
        _terms = terms.DistinctBy(t => Key(WordSpan.Of(t.Text).Select(s => t.Text[s.Start..s.End])))
            .Select(t => (Key: Key(WordSpan.Of(t.Text).Select(s => t.Text[s.Start..s.End])), Type: named.Contains(t.Type) ? t.Type : Other)).Where(static t => t.Key.Length > 0)
            .ToDictionary(static t => t.Key, static t => t.Type, StringComparer.Ordinal);
        _longestTerm = _terms.Count == 0 ? 0 : _terms.Keys.Max(static k => k.Count(static c => c == ' ') + 1);
    }

    /// <summary>The tokenizer that is added to.</summary>
    public Tokenizer Base { get; }

    /// <summary>The types.</summary>
    public IReadOnlyList<SemanticType> Types { get; }

    /// <summary>The tokens that the base does not have, ## where one goes on within a word; the first has the id behind the base's last.</summary>
    public IReadOnlyList<string> NewTokens => _newTokens;

    /// <summary>The number of ids, the base's included.</summary>
    public int VocabularySize => Base.VocabularySize + _newTokens.Count;

    /// <summary>Builds one.</summary>
    /// <param name="tokenizer">The base.</param>
    /// <param name="terms">The terms of the domain; without any the result cuts as the base does.</param>
    /// <param name="texts">Texts of the domain, which tell how frequent the base's tokens are there; the terms themselves where empty.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static KTokeniser Build(Tokenizer tokenizer, IReadOnlyList<DomainTerm> terms, IReadOnlyList<string> texts, KTokeniserOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentNullException.ThrowIfNull(texts);
        options ??= new KTokeniserOptions();
        if (options.TypeVocabulary < 1 || options.FewestOccurrences < 1 || options.ShortestWord < 1 || options.FewestWords < 0) throw new ArgumentException("A number of the options is out of range.", nameof(options));
        if (!(options.ContextWeight >= 0) || !double.IsFinite(options.ContextWeight) || !(options.BasePrior > 0 && options.BasePrior < 1)) throw new ArgumentException("The context's weight is from 0, the base's prior between 0 and 1.", nameof(options));
        var words = terms.GroupBy(static t => t.Type, StringComparer.Ordinal).ToDictionary(static g => g.Key, g => WordsOf(g, options), StringComparer.Ordinal);
        // Few words tell nothing about a type.
        var few = words.Where(w => w.Value.Count < options.FewestWords && w.Key != Other).ToList();
        foreach (var (type, counts) in few)
        {
            words.Remove(type);
            if (!words.TryGetValue(Other, out var others)) words[Other] = others = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (var (word, count) in counts) others[word] = others.GetValueOrDefault(word) + count;
        }

        double all = words.Values.Sum(static w => w.Values.Sum());
        var types = words.Where(static w => w.Value.Count > 0).OrderBy(static w => w.Key, StringComparer.Ordinal)
            .Select(w => SemanticType.Learn(w.Key, w.Value.Values.Sum() / all, w.Value, options.TypeVocabulary, options.FewestOccurrences)).ToList();
        var measures = TextSweep.Measure(tokenizer, texts.Count > 0 ? texts : terms.Select(static t => t.Text));
        double total = measures.Tokens + measures.Counts.Count;
        return new KTokeniser(tokenizer, options, types, [.. measures.Counts.Select(c => -Math.Log((c + 1) / total))], terms);
    }

    /// <summary>
    /// Which segmentation a word gets: that of the type with the smallest score − λ ln q(type).
    /// </summary>
    /// <param name="scores">For each type the score of the word's segmentation by its tokens.</param>
    /// <param name="logPosterior">ln q of each type, in the same order.</param>
    /// <param name="weight">λ.</param>
    /// <returns>The type's place; −1 without types.</returns>
    public static int Choose(ReadOnlySpan<double> scores, ReadOnlySpan<double> logPosterior, double weight)
    {
        if (scores.Length != logPosterior.Length) throw new ArgumentException("Scores and posterior are of different types.", nameof(logPosterior));
        var best = -1;
        for (var i = 0; i < scores.Length; i++)
        {
            if (best < 0 || scores[i] - weight * logPosterior[i] < scores[best] - weight * logPosterior[best]) best = i;
        }

        return best;
    }

    /// <summary>Whether a sentence takes the new segmentation: only where it has fewer tokens, and with its words the lower fertility.</summary>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="baseTokens">The base's tokens.</param>
    public static bool Accepts(int tokens, int baseTokens) => tokens < baseTokens;

    /// <summary>Encodes a text. Specials that the text spells out are text; none are put in.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Tokens that cover what the base's cover, in order.</returns>
    public IReadOnlyList<KToken> Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var tokens = new List<KToken>();
        var whole = Base.EncodeToTokens(text, EncodeOptions.PlainText);
        var at = 0;
        foreach (var (start, end) in WordSpan.Sentences(text))
        {
            var first = at;
            while (at < whole.Length && (whole[at].Offset.Start.Value < end || end == text.Length)) at++;
            var sentence = whole.AsSpan(first, at - first);
            var own = Sentence(text, start, end, sentence);
            if (Accepts(own.Count, sentence.Length)) tokens.AddRange(own);
            else foreach (var token in sentence) tokens.Add(new KToken(token.Id, token.Value, token.Offset, null));
        }

        return tokens;
    }

    /// <summary>The text of ids. Neighbouring ids of the base are decoded together.</summary>
    /// <param name="ids">The ids.</param>
    public string Decode(IReadOnlyList<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var spelled = new List<int>();
        foreach (var id in ids)
        {
            if (id < Base.VocabularySize) spelled.Add(id);
            else spelled.AddRange(Parts(_newTokens[id - Base.VocabularySize]));
        }

        return Base.Decode(spelled.ToArray());
    }

    /// <summary>The base's ids of a new token: what its row in an embedding table starts from.</summary>
    /// <param name="token">One of <see cref="NewTokens"/>.</param>
    public IReadOnlyList<int> Parts(string token)
    {
        ArgumentException.ThrowIfNullOrEmpty(token);
        var bare = SubwordTable.Bare(token);
        if (bare.Length == token.Length) return Base.EncodeToIds(Base.ContinuationPrefix is null ? " " + bare : bare, EncodeOptions.PlainText);
        // Within a word: cut behind a letter, whose own tokens are taken off again.
        var word = "a" + bare;
        var tokens = Base.EncodeToTokens(word, EncodeOptions.PlainText);
        return tokens.Length > 1 && tokens[0].Offset.End.Value == 1 ? [.. tokens.Skip(1).Select(static t => t.Id)] : Base.EncodeToIds(bare, EncodeOptions.PlainText);
    }

    private static Dictionary<string, long> WordsOf(IEnumerable<DomainTerm> terms, KTokeniserOptions options)
    {
        var words = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var term in terms)
        {
            foreach (var (start, end) in WordSpan.Of(term.Text))
            {
                var word = term.Text[start..end];
                if (options.Lowercase) word = word.ToLowerInvariant();
                words[word] = words.GetValueOrDefault(word) + term.Weight;
            }
        }

        return words;
    }

    private static string Written(string token) => token.StartsWith(SubwordTable.Continuation, StringComparison.Ordinal) ? SubwordTable.Bare(token) : " " + token;

    private string Key(IEnumerable<string> words) => string.Join(' ', words.Select(w => _options.Lowercase ? w.ToLowerInvariant() : w));
}
