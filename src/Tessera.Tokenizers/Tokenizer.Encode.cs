using System.Buffers;
using System.Text;
using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers;

/// <content>From text to ids and tokens.</content>
public sealed partial class Tokenizer
{
    private const int Counted = 1 << 16; // UTF-16 units from which on the bytes of a text are counted

    // NFKD makes at most 11 bytes of one, the byte alphabet two of each of those; what grows further was made to.
    private const long MostExpansion = 64, ExpansionAtLeast = 1 << 16;

    /// <summary>The ids of a text.</summary>
    /// <param name="text">Any text; a lone surrogate counts as U+FFFD.</param>
    /// <param name="options">How; null for the defaults: specials are put in and recognised.</param>
    /// <exception cref="MalformedInputException">The text holds what the vocabulary cannot express, and the tokenizer has no unknown token.</exception>
    /// <exception cref="ResourceLimitException">The text is longer than 700 million characters, or a regular expression of the tokenizer's file takes too long on it.</exception>
    public int[] EncodeToIds(string text, EncodeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return EncodeToIds(text.AsSpan(), options);
    }

    /// <inheritdoc cref="EncodeToIds(string, EncodeOptions?)"/>
    public int[] EncodeToIds(ReadOnlySpan<char> text, EncodeOptions? options = null)
    {
        options ??= EncodeOptions.Default;
        var scratch = Rent(options);
        try
        {
            Tokenize(Transcode(text, scratch), options, scratch, detailed: false);
            return FramedIds(scratch.Tokens, options);
        }
        finally
        {
            Return(scratch);
        }
    }

    /// <summary>The ids of a text in UTF-8.</summary>
    /// <param name="utf8">Any bytes; invalid sequences count as U+FFFD.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="MalformedInputException">The text holds what the vocabulary cannot express, and the tokenizer has no unknown token.</exception>
    public int[] EncodeToIds(ReadOnlySpan<byte> utf8, EncodeOptions? options = null)
    {
        options ??= EncodeOptions.Default;
        var scratch = Rent(options);
        try
        {
            Tokenize(Copy(utf8, scratch), options, scratch, detailed: false);
            return FramedIds(scratch.Tokens, options);
        }
        finally
        {
            Return(scratch);
        }
    }

    /// <summary>Writes the ids of a text in UTF-8; allocates nothing once warm where the post-processor only frames.</summary>
    /// <param name="utf8">Any bytes; invalid sequences count as U+FFFD.</param>
    /// <param name="output">Takes the ids.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <returns>The number of ids written.</returns>
    public int EncodeToIds(ReadOnlySpan<byte> utf8, IBufferWriter<int> output, EncodeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        options ??= EncodeOptions.Default;
        var scratch = Rent(options);
        try
        {
            Tokenize(Copy(utf8, scratch), options, scratch, detailed: false);
            if (_before is null || _behind is null)
            {
                var framed = FramedIds(scratch.Tokens, options);
                output.Write(framed);
                return framed.Length;
            }

            if (options.AddSpecialTokens) output.Write(_before);
            output.Write(scratch.Tokens.Ids);
            if (options.AddSpecialTokens) output.Write(_behind);
            return scratch.Tokens.Count + FrameLength(options);
        }
        finally
        {
            Return(scratch);
        }
    }

    /// <summary>The number of ids that <see cref="EncodeToIds(string, EncodeOptions?)"/> gives.</summary>
    public int CountTokens(string text, EncodeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return CountTokens(text.AsSpan(), options);
    }

    /// <inheritdoc cref="CountTokens(string, EncodeOptions?)"/>
    public int CountTokens(ReadOnlySpan<char> text, EncodeOptions? options = null)
    {
        options ??= EncodeOptions.Default;
        var scratch = Rent(options);
        try
        {
            return Count(Transcode(text, scratch), options, scratch);
        }
        finally
        {
            Return(scratch);
        }
    }

    /// <inheritdoc cref="CountTokens(string, EncodeOptions?)"/>
    public int CountTokens(ReadOnlySpan<byte> utf8, EncodeOptions? options = null)
    {
        options ??= EncodeOptions.Default;
        var scratch = Rent(options);
        try
        {
            return Count(Copy(utf8, scratch), options, scratch);
        }
        finally
        {
            Return(scratch);
        }
    }

    private int Count(int length, EncodeOptions options, EncodeScratch scratch)
    {
        Tokenize(length, options, scratch, detailed: false, countsOnly: _before is not null);
        return _before is null ? FramedIds(scratch.Tokens, options).Length : scratch.Tokens.Total + FrameLength(options);
    }

    private static int Copy(ReadOnlySpan<byte> utf8, EncodeScratch scratch)
    {
        var valid = Utf8Text.Repair(utf8);
        valid.CopyTo(scratch.RoomForSource(valid.Length));
        return valid.Length;
    }

    private static int Transcode(ReadOnlySpan<char> text, EncodeScratch scratch)
    {
        const int most = int.MaxValue / 3;
        if (text.Length > most) throw new ResourceLimitException("characters of one text", text.Length, most, "Cut the text into documents.");
        // A long text is counted first: room for three bytes a unit would be thrown away after it, where what it needs is kept for the next.
        var bytes = text.Length <= Counted ? 3 * text.Length : Encoding.UTF8.GetByteCount(text);
        return Utf8Text.FromUtf16(text, scratch.RoomForSource(bytes));
    }

    private EncodeScratch Rent(EncodeOptions options)
    {
        if (options.Dropout is { } dropout && !(dropout >= 0 && dropout <= 1)) throw new ArgumentOutOfRangeException(nameof(options), dropout, "Dropout is a probability from 0 to 1.");
        var scratch = TakeScratch();
        scratch.DropoutProbability = options.Dropout ?? double.NaN;
        if (options.SamplingAlpha is { } alpha && !(alpha >= 0 && double.IsFinite(alpha))) throw new ArgumentOutOfRangeException(nameof(options), alpha, "Alpha is finite and not negative.");
        scratch.SamplingAlpha = options.SamplingAlpha;
        scratch.Dropout = options.DropoutKey;
        scratch.Draws = 0;
        return scratch;
    }

    private int FrameLength(EncodeOptions options) => options.AddSpecialTokens ? _before!.Length + _behind!.Length : 0;

    private int[] FramedIds(TokenBuffer tokens, EncodeOptions options)
    {
        if (_before is null || _behind is null) return Frame(tokens.Ids, options).Ids;
        var (before, behind) = options.AddSpecialTokens ? (_before, _behind) : ([], []);
        var ids = new int[before.Length + tokens.Count + behind.Length];
        before.CopyTo(ids, 0);
        tokens.Ids.CopyTo(new Span<int>(ids, before.Length, tokens.Count));
        behind.CopyTo(ids, before.Length + tokens.Count);
        return ids;
    }

    /// <summary>Runs the pipeline up to the model on the source in the scratch.</summary>
    private void Tokenize(int length, EncodeOptions options, EncodeScratch scratch, bool detailed, bool countsOnly = false)
    {
        if (options.Strict) RefuseDrops(scratch.Source.AsSpan(0, length), options);
        scratch.Tokens.Clear(detailed, countsOnly);
        var run = new PipelineRun(scratch, options.Dropout > 0 ? null : Fused(length), detailed || _needsRanges, options.ParseSpecial);
        if (_rawMatcher.IsEmpty)
        {
            Stretch(0, length, ref run);
            return;
        }

        var source = scratch.Source.AsSpan(0, length);
        var (position, free, done) = (0, 0, 0);
        while (_rawMatcher.Next(source, ref position, ref free, options.ParseSpecial, out var start, out var end) is { } token)
        {
            Stretch(done, start, ref run);
            AddWhole(token, source[start..end], start, end, ref run);
            done = end;
        }

        Stretch(done, length, ref run);
    }

    /// <summary>A stretch of source between added tokens: normalise, cut normalised added tokens out, tokenise the rest.</summary>
    private void Stretch(int start, int end, ref PipelineRun run)
    {
        if (start >= end) return;
        var text = run.Scratch.Stretch;
        text.View(run.Scratch.Source, start, end - start, run.Tracked);
        if (run.Fused is { ReplacesBlanks: true } && TryFused(text, 0, text.Length, start == 0, ref run)) return;
        run.Scratch.Normalized.MostBytes = run.Scratch.PreTokenization.MostBytes = MostExpansion * (end - start) + ExpansionAtLeast;
        if (_parts.Normalizer is not null && _parts.Normalizer.Apply(text, run.Scratch.Normalized)) text = run.Scratch.Normalized;
        var (position, free, done) = (0, 0, 0);
        if (!_normalizedMatcher.IsEmpty)
        {
            while (_normalizedMatcher.Next(text.Span, ref position, ref free, run.ParseSpecial, out var from, out var to) is { } token)
            {
                Pieces(text, done, from, start == 0 && done == 0, ref run);
                AddWhole(token, text.Span[from..to], text.SourceStart(from), text.SourceEnd(to - 1), ref run);
                done = to;
            }
        }

        Pieces(text, done, text.Length, start == 0 && done == 0, ref run);
    }

    private void Pieces(TextBuffer stretch, int start, int end, bool startsSource, ref PipelineRun run)
    {
        if (start >= end) return;
        if (run.Fused is { ReplacesBlanks: false } && TryFused(stretch, start, end, startsSource, ref run)) return;
        var (state, tokens) = (run.Scratch.PreTokenization, run.Scratch.Tokens);
        var first = tokens.Count;
        if (_markedWords is not null && _markedWords.TryTokenize(stretch, start, end, startsSource, tokens, run.Scratch, ref run.Word))
        {
            if (tokens.IsDetailed) stretch.Locate(0, tokens.Starts[first..], tokens.Ends[first..]);
            return;
        }

        state.Start(stretch, start, end, startsSource);
        _parts.PreTokenizer?.Apply(state);
        _model.Tokenize(state.Text.Span, state.Pieces, tokens, run.Scratch, ref run.Word);
        if (tokens.IsDetailed) state.Text.Locate(0, tokens.Starts[first..], tokens.Ends[first..]);
    }

    private static void AddWhole(AddedToken token, ReadOnlySpan<byte> text, int start, int end, ref PipelineRun run)
    {
        var tokens = run.Scratch.Tokens;
        tokens.Add(token.Id, start, end);
        tokens.SetText(text);
        if (tokens.IsDetailed) tokens.Words[^1] = run.Word;
        run.Word++;
    }

    /// <summary>What stays the same, and the count of words, during one run of the pipeline.</summary>
    private struct PipelineRun(EncodeScratch scratch, FusedPipeline? fused, bool tracked, bool parseSpecial)
    {
        public readonly FusedPipeline? Fused = fused;
        public readonly EncodeScratch Scratch = scratch;
        public readonly bool Tracked = tracked;
        public readonly bool ParseSpecial = parseSpecial;
        public int Word;
    }
}
