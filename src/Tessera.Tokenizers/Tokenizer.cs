using System.Text;
using Tessera.Tokenizers.Added;
using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.Text.Decoders;
using Tessera.Tokenizers.Text.PreTokenizers;
using Tessera.Tokenizers.Unigram;

namespace Tessera.Tokenizers;

/// <summary>
/// Text to ids and back: added tokens are cut out, the rest is normalised, cut into pieces, tokenised by the model, and framed with special
/// tokens; decoding goes the other way. Gives the same ids, offsets and text as Hugging Face's tokenizers 0.23 on the same file. Immutable
/// and safe for any number of threads. Knows nothing about models that read the ids.
/// </summary>
public sealed partial class Tokenizer
{
    // More threads than this at once encode as well, each call with a new working memory.
    private const int MostKeptScratch = 64;

    // About as long as the tables of the fused pipeline take.
    private const long FuseAfter = 1 << 15;

    private readonly TokenizerParts _parts;
    private readonly TokenModel _model;
    private readonly AddedTokenMatcher _rawMatcher;
    private readonly AddedTokenMatcher _normalizedMatcher;
    private readonly EncodeScratch?[] _scratch = new EncodeScratch?[MostKeptScratch]; // by thread, so that caches stay warm
    private readonly Lazy<FusedPipeline?> _fused;
    private AddedTokenTable? _added; // made when ids are first asked about
    private readonly MarkedWords? _markedWords;
    private long _unfusedBytes; // of text still to come before tables for the fused pipeline are worth their making
    private readonly int[]? _before; // the ids around a single text, where framing is all that the post-processor does to ids
    private readonly int[]? _behind;
    private readonly bool _needsRanges;

    /// <summary>Puts the parts together.</summary>
    /// <param name="parts">The parts.</param>
    /// <param name="fuseAfter">The bytes of text behind which parts that are known to go together run at once; the tokens are the same.</param>
    internal Tokenizer(TokenizerParts parts, long fuseAfter = FuseAfter)
    {
        _parts = parts;
        _model = parts.Model;
        VocabularySize = _model.VocabularySize;
        var (added, normalizedCount) = (new List<AddedToken>(parts.AddedTokens.Count), 0);
        for (var i = 0; i < parts.AddedTokens.Count; i++)
        {
            var token = parts.AddedTokens[i];
            VocabularySize = Math.Max(VocabularySize, token.Id + 1);
            if (parts.TextOnly.Contains(token.Content)) continue;
            added.Add(token);
            if (token.Normalized) normalizedCount++;
        }

        // A matcher keeps the last of equal contents by itself; two matchers do not know of each other.
        if (normalizedCount > 0 && normalizedCount < added.Count) added = LastOfEach(added);
        var (raw, normalized) = (new List<AddedToken>(added.Count), new List<AddedToken>());
        for (var i = 0; i < added.Count; i++) (added[i].Normalized ? normalized : raw).Add(added[i]);
        (_rawMatcher, _normalizedMatcher) = (new AddedTokenMatcher(raw), new AddedTokenMatcher(normalized, parts.Normalizer));
        _needsRanges = NeedsRanges(parts.PreTokenizer);
        if (parts.PostProcessor is null) (_before, _behind) = ([], []);
        else if (parts.PostProcessor.TryGetFrame(out var before, out var behind)) (_before, _behind) = (before, behind);
        _markedWords = MarkedWords.Find(parts);
        _unfusedBytes = fuseAfter;
        _fused = new Lazy<FusedPipeline?>(() => FusedPipelines.Find(parts));
        _dropFinder = new Lazy<Tokenizer?>(DropFinder);
        _idsByBytes = new Lazy<int[]>(SortIdsByBytes);
        _tokenBytes = new Lazy<TokenByteTable>(() => new TokenByteTable(this));
    }

    /// <summary>The number of ids: every id is below it. Some ids below it may name no token.</summary>
    public int VocabularySize { get; }

    /// <summary>The tokens with a role.</summary>
    public SpecialTokens SpecialTokens => _parts.SpecialTokens;

    /// <summary>The tokens that are found in text as they stand, in the file's order.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => _parts.AddedTokens;

    /// <summary>The truncation that the tokenizer's file asks for; null for none. Not applied unless passed to an encoding.</summary>
    public TruncationOptions? FileTruncation => _parts.Truncation;

    /// <summary>The padding that the tokenizer's file asks for; null for none. Not applied unless passed to an encoding.</summary>
    public PaddingOptions? FilePadding => _parts.Padding;

    /// <summary>What the tokenizer's files leave open or contradict, and how it was read; empty for almost all.</summary>
    public IReadOnlyList<string> Warnings => _parts.Warnings;

    /// <summary>What marks a token inside a word (WordPiece's <c>##</c>); null where the vocabulary marks the starts of words instead, or nothing.</summary>
    public string? ContinuationPrefix => _model is WordPiece.WordPieceModel model ? Encoding.UTF8.GetString(model.ContinuingPrefix) : null;

    internal TokenizerParts Parts => _parts;

    private AddedTokenTable Added => _added ??= new AddedTokenTable(_parts);

    /// <summary>Whether pre-tokenizer and model run at once.</summary>
    internal bool IsFused => _unfusedBytes <= 0 && _fused.Value is not null;

    /// <summary>The number of tokens that have a name: <see cref="VocabularySize"/> less the holes.</summary>
    internal int TokenCount => _model.Vocabulary.Count + Added.ByContent.Keys.Count(c => _model.Vocabulary.Find(c) < 0);

    /// <summary>Reads the text of a <c>tokenizer.json</c>.</summary>
    /// <param name="utf8">The JSON.</param>
    /// <param name="config">What <c>tokenizer_config.json</c> says; null for nothing.</param>
    /// <param name="name">What errors call the input.</param>
    /// <param name="limits">Bounds on what it may ask for; null for the defaults.</param>
    /// <exception cref="MalformedInputException">The JSON breaks the rules of its format.</exception>
    /// <exception cref="UnsupportedFeatureException">It asks for a part that does not exist here.</exception>
    /// <exception cref="ResourceLimitException">It is larger or deeper than the limits allow.</exception>
    public static Tokenizer FromJson(ReadOnlyMemory<byte> utf8, TokenizerConfig? config = null, string name = "tokenizer.json", InputLimits? limits = null) =>
        TokenizerJsonReader.Read(utf8, name, config, limits ?? InputLimits.Default);

    /// <summary>Builds the tokenizer of a GGUF file's vocabulary.</summary>
    /// <param name="vocabulary">What the file holds under <c>tokenizer.ggml</c>.</param>
    /// <param name="name">What errors call the file.</param>
    /// <param name="limits">Bounds on what it may ask for; null for the defaults.</param>
    /// <exception cref="MalformedInputException">The vocabulary contradicts itself.</exception>
    /// <exception cref="UnsupportedFeatureException">Its model or pattern is not known here.</exception>
    /// <exception cref="ResourceLimitException">It is larger than the limits allow.</exception>
    public static Tokenizer FromGguf(GgufVocabulary vocabulary, string name = "GGUF vocabulary", InputLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        return GgufTokenizer.Build(vocabulary, name, limits ?? InputLimits.Default);
    }

    /// <summary>The id of a token as its vocabulary writes it, or null.</summary>
    public int? TokenToId(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        if (Added.ByContent.TryGetValue(token, out var added)) return added.Id;
        var id = _model.Vocabulary.Find(token);
        return id < 0 ? null : id;
    }

    /// <summary>The token of an id as its vocabulary writes it (a byte-level token in the byte alphabet), or null where the id names none.</summary>
    public string? IdToToken(int id) =>
        Added.ById.TryGetValue(id, out var added) ? added.Content
        : _model.Vocabulary.Contains(id) ? Encoding.UTF8.GetString(_model.Vocabulary[id])
        : null;

    /// <summary>Whether an id is a special (control) token: left out by decoding without specials.</summary>
    public bool IsSpecial(int id) => Added.IsSpecial(id);

    /// <summary>The token of an id as it enters decoding.</summary>
    internal string? DecodedToken(int id) => Added.NormalizedContent(id) ?? IdToToken(id);

    private static bool NeedsRanges(PreTokenizer? preTokenizer) => preTokenizer switch
    {
        MetaspacePreTokenizer metaspace => metaspace.NeedsRanges,
        SequencePreTokenizer sequence => NeedsRanges(sequence.Parts),
        _ => false,
    };

    private static bool NeedsRanges(IReadOnlyList<PreTokenizer> parts)
    {
        for (var i = 0; i < parts.Count; i++)
        {
            if (NeedsRanges(parts[i])) return true;
        }

        return false;
    }

    /// <summary>Of tokens with one content the last.</summary>
    private static List<AddedToken> LastOfEach(List<AddedToken> added)
    {
        var (last, contents) = (new List<AddedToken>(added.Count), new HashSet<string>(StringComparer.Ordinal));
        for (var i = added.Count - 1; i >= 0; i--)
        {
            if (contents.Add(added[i].Content)) last.Add(added[i]);
        }

        last.Reverse();
        return last;
    }
}
