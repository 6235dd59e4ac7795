using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tokenizers;

namespace Tessera.Generation;

/// <summary>
/// A model of tokens as a model of bytes: exact probabilities of the next byte and of texts, whatever the text's last token, by summing over all ways
/// of cutting it. A prompt that ends in the middle of a word is continued as if it had not been cut there, and models with different vocabularies
/// can be joined. Follows the algorithm of the paper for SentencePiece vocabularies and does the same for byte-level ones. Immutable and shared.
/// </summary>
[Method("exact-bytes", "Exact Byte-Level Probabilities from Tokenized Language Models for FIM-Tasks and Model Ensembles", "2410.09303", 2024, MethodStage.Strategy)]
public sealed class ByteModel
{
    private readonly Func<ITokenTree> _trees;

    /// <summary>Creates the view.</summary>
    /// <param name="vocabulary">The model's vocabulary.</param>
    /// <param name="trees">Makes an empty tree over the model; each text gets its own.</param>
    /// <param name="options">How it is seen; exact, without anything in front, if null.</param>
    public ByteModel(ByteVocabulary vocabulary, Func<ITokenTree> trees, ByteModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(trees);
        (Vocabulary, _trees, Options) = (vocabulary, trees, options ?? new ByteModelOptions());
    }

    /// <summary>The view of a loaded model. In front of a text stands what its tokenizer puts there, or else its begin-of-text token.</summary>
    /// <param name="package">The model; stays the caller's.</param>
    /// <param name="passes">How passes compute; fast if null.</param>
    /// <param name="sequences">How keys and values are kept; F16 if null.</param>
    /// <param name="validity">What becomes of lists of tokens that no text has.</param>
    /// <exception cref="UnsupportedFeatureException">The model does not continue text, or its tokenizer does not tell bytes.</exception>
    public static ByteModel Of(ModelPackage package, PassOptions? passes = null, SequenceOptions? sequences = null, ByteValidity validity = ByteValidity.Exact)
    {
        ArgumentNullException.ThrowIfNull(package);
        var (model, tokenizer) = (package.Language, package.Text.Tokenizer);
        var begin = package.Defaults.BeginId ?? tokenizer.SpecialTokens.BeginOfSequence;
        var front = package.Text.EncodePrompt("");
        var decoder = new ModelDecoder(model, passes, sequences);
        var vocabulary = new ByteVocabulary(tokenizer, [.. package.Defaults.StopIds.Concat(tokenizer.SpecialTokens.EndOfGeneration).Where(tokenizer.IsSpecial)], model.VocabularySize);
        return new ByteModel(vocabulary, () => new DecoderTree(decoder), new ByteModelOptions
        {
            Validity = validity, Context = front.Length > 0 ? front : begin is { } id ? [id] : [],
        });
    }

    /// <summary>The vocabulary.</summary>
    public ByteVocabulary Vocabulary { get; }

    /// <summary>How the model is seen.</summary>
    public ByteModelOptions Options { get; }

    /// <summary>
    /// Begins a text. What of the prompt is cut in one way only, whatever comes, is run as tokens; the bytes behind it in all ways, at once.
    /// </summary>
    /// <param name="prompt">The text so far as <see cref="ByteVocabulary.BytesOf"/> gives it, whole characters or not; may be empty.</param>
    /// <param name="context">Tokens in front of it, a chat's or special ones; those of the options if null.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    /// <exception cref="ImpossibleBytesException">A byte of the prompt has no probability.</exception>
    /// <exception cref="UnsupportedFeatureException">Nothing stands in front, and the prompt is no longer than a word.</exception>
    /// <exception cref="ResourceLimitException">The prompt is longer than the model's context.</exception>
    public async Task<ByteSequence> StartAsync(ReadOnlyMemory<byte> prompt, IReadOnlyList<int>? context = null, CancellationToken cancellation = default)
    {
        var front = new List<int>(context ?? Options.Context);
        var border = Border(prompt.Span);
        var settled = border == 0 ? [] : Encode(prompt.Span[..border]);
        if (settled is null) (border, settled) = (0, []);
        front.AddRange(settled);
        var lattice = Lattice(border > 0);
        for (var at = border; at < prompt.Length; at++)
        {
            if ((at & 0xFF) == 0) cancellation.ThrowIfCancellationRequested();
            if (!lattice.Advance(prompt.Span[at])) throw new ImpossibleBytesException(at, prompt.Span[at]);
        }

        front.AddRange(lattice.Settle());
        var sequence = new ByteSequence(this, lattice, _trees(), border, [.. front]);
        try
        {
            await sequence.BeginAsync(cancellation).ConfigureAwait(false);
            return sequence;
        }
        catch
        {
            sequence.Dispose();
            throw;
        }
    }

    /// <summary>ln P of a text, however it is cut, behind a context; that it ends there is not asked.</summary>
    /// <param name="text">The text as <see cref="ByteVocabulary.BytesOf"/> gives it.</param>
    /// <param name="context">Tokens in front of it; those of the options if null.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    /// <returns>−∞ where the vocabulary cannot spell it.</returns>
    /// <exception cref="UnsupportedFeatureException">Nothing stands in front.</exception>
    /// <exception cref="ResourceLimitException">The text is longer than the model's context.</exception>
    public async Task<double> ScoreAsync(ReadOnlyMemory<byte> text, IReadOnlyList<int>? context = null, CancellationToken cancellation = default)
    {
        using var sequence = new ByteSequence(this, Lattice(inside: false), _trees(), 0, [.. context ?? Options.Context]);
        await sequence.BeginAsync(cancellation).ConfigureAwait(false);
        try
        {
            await sequence.AppendAsync(text, cancellation).ConfigureAwait(false);
        }
        catch (ImpossibleBytesException)
        {
            return double.NegativeInfinity;
        }

        return sequence.LogProbability;
    }

    /// <summary>An empty tree over the model.</summary>
    internal ITokenTree NewTree() => _trees();

    /// <summary>The tokens of a part of a text that ends where the text is cut; null where they don't stand for its bytes.</summary>
    internal int[]? Encode(ReadOnlySpan<byte> text)
    {
        var tokenizer = Vocabulary.Validity.Tokenizer;
        var prefixed = Vocabulary.Validity.PrefixesBlank;
        if (prefixed && text is not [(byte)' ', ..]) return null;
        var ids = tokenizer.EncodeToIds(prefixed ? text[1..] : text, EncodeOptions.PlainText);
        return tokenizer.DecodeToBytes(ids).AsSpan().SequenceEqual(text) ? ids : null;
    }

    private CoverLattice Lattice(bool inside) =>
        new(Vocabulary, inside ? Vocabulary.Validity.Border : Vocabulary.Validity.Beginning, single: Options.Validity == ByteValidity.Off);

    /// <summary>The last place that no token crosses and no continuation moves: before the blank of a word, where tokens have no blanks inside.</summary>
    private int Border(ReadOnlySpan<byte> prompt)
    {
        if (Vocabulary.HasInnerBlanks) return 0;
        for (var at = prompt.Length - 1; at > 0; at--)
        {
            if (prompt[at] == ' ' && prompt[at - 1] is > (byte)' ' and not 0x7F) return at;
        }

        return 0;
    }
}
