using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.PostProcessors;

namespace Tessera.Tokenizers;

/// <content>Full encodings: tokens, offsets, types, words; pairs, batches, truncation and padding.</content>
public sealed partial class Tokenizer
{
    /// <summary>The tokens of a text, with where each stands.</summary>
    /// <param name="text">Any text; a lone surrogate counts as U+FFFD.</param>
    /// <param name="options">How; null for the defaults: specials are put in and recognised.</param>
    /// <exception cref="MalformedInputException">The text holds what the vocabulary cannot express, and the tokenizer has no unknown token.</exception>
    public EncodedToken[] EncodeToTokens(string text, EncodeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return EncodeToTokens(text.AsSpan(), options);
    }

    /// <inheritdoc cref="EncodeToTokens(string, EncodeOptions?)"/>
    public EncodedToken[] EncodeToTokens(ReadOnlySpan<char> text, EncodeOptions? options = null)
    {
        options ??= EncodeOptions.Default;
        return ToTokens(Frame([Draft(text, default, isUtf8: false, options, typeId: 0)], options));
    }

    /// <inheritdoc cref="EncodeToTokens(string, EncodeOptions?)"/>
    public EncodedToken[] EncodeToTokens(ReadOnlySpan<byte> utf8, EncodeOptions? options = null)
    {
        options ??= EncodeOptions.Default;
        return ToTokens(Frame([Draft(default, utf8, isUtf8: true, options, typeId: 0)], options));
    }

    /// <summary>Encodes a text, or a pair of texts as one, with everything there is to tell.</summary>
    /// <param name="text">The (first) text.</param>
    /// <param name="pair">The second text; null for none.</param>
    /// <param name="options">How, truncation and padding included; null for the defaults.</param>
    /// <exception cref="ArgumentException">The truncation asked for is not possible: a stride too large, a text too short, no second text, no room for the specials.</exception>
    /// <exception cref="MalformedInputException">The text holds what the vocabulary cannot express, and the tokenizer has no unknown token.</exception>
    public TokenEncoding Encode(string text, string? pair = null, EncodeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        options ??= EncodeOptions.Default;
        var draft = EncodeDraft(text, pair, options);
        if (options.Padding is { } padding) draft.Pad(PaddedLength(padding, draft.Count), padding);
        return new TokenEncoding(draft, Names);
    }

    /// <summary>Encodes several texts or pairs; padding without a length fills up to the longest.</summary>
    /// <param name="texts">The texts, each with a second one or null.</param>
    /// <param name="options">How; null for the defaults. The text at place i draws its random numbers with the key's sequence plus i.</param>
    /// <param name="threads">How many threads encode; the result does not depend on it. Default 1.</param>
    /// <param name="cancellation">Seen between texts.</param>
    /// <exception cref="ArgumentException">The truncation asked for is not possible.</exception>
    public IReadOnlyList<TokenEncoding> EncodeBatch(IEnumerable<(string Text, string? Pair)> texts, EncodeOptions? options = null, int threads = 1, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        options ??= EncodeOptions.Default;
        var sources = texts.ToList();
        var drafts = new EncodingDraft[sources.Count];
        ForEach(
            drafts.Length,
            threads,
            i => drafts[i] = EncodeDraft(sources[i].Text, sources[i].Pair, options with { DropoutKey = options.DropoutKey with { Sequence = options.DropoutKey.Sequence + (uint)i } }),
            cancellation);
        if (options.Padding is { } padding && drafts.Length > 0)
        {
            var length = PaddedLength(padding, drafts.Max(static d => d.Count));
            foreach (var draft in drafts) draft.Pad(length, padding);
        }

        return Array.ConvertAll(drafts, d => new TokenEncoding(d, Names));
    }

    // The exception of the first text that has one, whichever thread met its own first.
    private static void ForEach(int count, int threads, Action<int> body, CancellationToken cancellation)
    {
        if (threads == 1)
        {
            for (var i = 0; i < count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                body(i);
            }

            return;
        }

        var failures = new Exception?[count];
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, i =>
        {
            try
            {
                body(i);
            }
            catch (Exception e) when (e is TesseraException or ArgumentException)
            {
                failures[i] = e;
            }
        });
        if (Array.Find(failures, static f => f is not null) is { } first) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
    }

    private EncodingDraft EncodeDraft(string text, string? pair, EncodeOptions options)
    {
        var drafts = new List<EncodingDraft> { Draft(text, default, isUtf8: false, options, typeId: 0) };
        if (pair is not null) drafts.Add(Draft(pair, default, isUtf8: false, options, typeId: 1));
        if (options.Truncation is { } truncation)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(truncation.MaxLength);
            ArgumentOutOfRangeException.ThrowIfNegative(truncation.Stride);
            var room = truncation.MaxLength - (options.AddSpecialTokens ? _parts.PostProcessor?.AddedCount(pair is not null) ?? 0 : 0);
            if (room < 0) throw new ArgumentException($"{truncation.MaxLength} tokens do not hold the special tokens.", nameof(options));
            Truncation.Apply(drafts[0], pair is null ? null : drafts[1], truncation, room);
        }

        return Frame(drafts, options);
    }

    private static int PaddedLength(PaddingOptions padding, int longest)
    {
        var length = padding.Length ?? longest;
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (padding.MultipleOf is > 0 and var multiple && length % multiple > 0) length = checked(length + multiple - length % multiple);
        const int most = 1 << 24;
        return length <= most ? length : throw new ResourceLimitException("tokens after padding", length, most);
    }

    private EncodedToken[] ToTokens(EncodingDraft draft)
    {
        var (tokens, names, ids, offsets) = (new EncodedToken[draft.Count], Names, draft.Ids, draft.Offsets);
        for (var i = 0; i < tokens.Length; i++) tokens[i] = new EncodedToken(ids[i], names[ids[i]], offsets[i].Start..offsets[i].End);
        foreach (var (place, text) in draft.Texts.All()) tokens[place] = tokens[place] with { Value = text };
        return tokens;
    }

    private TokenNames Names => field ??= new TokenNames(this);

    /// <summary>One text up to the model, as a draft.</summary>
    private EncodingDraft Draft(ReadOnlySpan<char> text, ReadOnlySpan<byte> utf8, bool isUtf8, EncodeOptions options, int typeId)
    {
        var scratch = Rent(options);
        try
        {
            var length = isUtf8 ? Copy(utf8, scratch) : Transcode(text, scratch);
            Tokenize(length, options, scratch, detailed: true);
            var map = OffsetMap.Of(scratch.Source.AsSpan(0, length), options.OffsetUnit);
            var tokens = scratch.Tokens;
            var offsets = GC.AllocateUninitializedArray<(int Start, int End)>(tokens.Count);
            map.Convert(tokens.Starts, tokens.Ends, offsets);
            var texts = new ShownTexts();
            texts.AddRange(tokens.Texts, 0, tokens.Count, 0);
            return new EncodingDraft(tokens.Ids.ToArray(), offsets, tokens.Words.ToArray(), texts, typeId);
        }
        finally
        {
            Return(scratch);
        }
    }

    /// <summary>Ids without a place, framed.</summary>
    private EncodingDraft Frame(ReadOnlySpan<int> ids, EncodeOptions options) =>
        Frame([new EncodingDraft(ids.ToArray(), new (int Start, int End)[ids.Length], new int[ids.Length], new ShownTexts(), typeId: 0)], options);

    /// <summary>Post-processes and merges.</summary>
    private EncodingDraft Frame(List<EncodingDraft> drafts, EncodeOptions options)
    {
        for (var i = 0; i < drafts.Count; i++)
        {
            drafts[i].SetSequence(i);
            if (_parts.PostProcessor is null) continue;
            foreach (var overflow in drafts[i].Overflowing) overflow.SetSequence(i);
            drafts[i].SetTypeIds(i);
        }

        return EncodingDraft.Merge(_parts.PostProcessor?.Process(drafts, options.AddSpecialTokens, Names) ?? drafts);
    }
}
