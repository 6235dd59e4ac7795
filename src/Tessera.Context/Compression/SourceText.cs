using System.Text;
using Tessera.Tokenizers;

namespace Tessera.Context.Compression;

/// <summary>
/// Words as they stand in the context: the encoder reads the context's own tokens, a word is a stretch of characters, and the compressed
/// text is made of such stretches with the blanks that stood before them. No word of one chunk is cut where the chunk can end before it.
/// </summary>
internal sealed class SourceText : PromptText
{
    private readonly Tokenizer _tokenizer;
    private readonly SubwordMarks _marks;
    private readonly ForcedTexts _forced;
    private readonly LlmLingua2Options _options;
    private readonly HashSet<string> _chunkEnds;
    private readonly (int First, int Last) _frame;
    private readonly int _most;

    public SourceText(Tokenizer tokenizer, LlmLingua2Options options, (int First, int Last) frame, int maxSequence)
    {
        _tokenizer = tokenizer;
        _marks = SubwordMarks.Of(tokenizer);
        _forced = new ForcedTexts(options.ForceTokens, tokenizer);
        _options = options;
        _frame = frame;
        _most = maxSequence - 2;
        _chunkEnds = new HashSet<string>(options.ChunkEndTokens, StringComparer.Ordinal);
    }

    public override List<PromptChunk> Chunks(string context)
    {
        var tokens = Tokens(context);
        var chunks = new List<PromptChunk>();
        for (var start = 0; start < tokens.Count;)
        {
            var end = EndOf(tokens, start);
            var part = tokens.GetRange(start, end - start);
            chunks.Add(new PromptChunk([_frame.First, .. part.Select(static t => t.Id), _frame.Last], "", part, start == 0 ? 0 : tokens[start - 1].End));
            start = end;
        }

        return chunks;
    }

    public override List<PromptWord> Words(string context, PromptChunk chunk)
    {
        var words = new List<PromptWord>();
        for (var i = 0; i < chunk.Tokens.Count; i++)
        {
            var token = chunk.Tokens[i];
            var probability = chunk.Probabilities is { } known ? known[i + 1] : float.NaN;
            var current = words.Count > 0 ? words[^1] : null;
            // Characters that became several tokens (½) are not cut between words.
            var begins = current is null || token.Occurrence != current.Occurrence || token.BeginsWord && token.Start >= current.End;
            if (begins)
            {
                words.Add(new PromptWord("", probability, isSet: token.Forced >= 0)
                {
                    Start = token.Start, End = token.End, Occurrence = token.Occurrence, IsForced = token.Forced >= 0,
                });
            }
            else
            {
                current!.End = Math.Max(current.End, token.End);
                current.Add("", probability, isSet: current.IsForced, probability);
            }

            if (_options.KeepDigits && SubwordMarks.HasDigit(context.AsSpan(token.Start, token.End - token.Start))) words[^1].Set(1);
        }

        return Place(context, words, chunk.From);
    }

    public override string Join(string context, IReadOnlyList<List<PromptWord>> words)
    {
        var all = words.SelectMany(static w => w).ToList();
        var text = new StringBuilder();
        var last = -1;
        for (var i = 0; i < all.Count; i++)
        {
            if (!all[i].Kept) continue;
            var gapStart = i == 0 ? 0 : all[i - 1].End;
            var gap = context.AsSpan(gapStart, all[i].Start - gapStart);
            if (last == i - 1) text.Append(gap); // nothing is missing between: as it stood
            else if (last >= 0 && !char.IsWhiteSpace(text[^1])) Separate(text, context, all[last].End, gap, all[i]);
            text.Append(context, all[i].Start, all[i].End - all[i].Start);
            last = i;
        }

        return last >= 0 && last == all.Count - 1 ? text.Append(context, all[last].End, context.Length - all[last].End).ToString() : text.ToString();
    }

    public override (string Text, List<PromptWord> Words) Whole(string context, List<PromptChunk> chunks)
    {
        var words = chunks.SelectMany(chunk => Words(context, chunk)).ToList();
        foreach (var word in words) word.Kept = true;
        return (context, words);
    }

    public override string Shown(PromptWord word) => word.Text;

    public override IEnumerable<string> Counted(string context, List<PromptChunk> chunks) => [context];

    public override double Score(IReadOnlyList<PromptWord> words, WordProbability mode) => words.Count == 0 ? 0 : words.Average(w => (double)w.Raw(mode));

    // The blanks that stood before the word. Where it stood close to something that is gone, a blank still parts it from the word that is
    // now before it, if both are letters or digits of a script that parts words.
    private static void Separate(StringBuilder text, string context, int from, ReadOnlySpan<char> gap, PromptWord word)
    {
        var length = text.Length;
        foreach (var c in gap)
        {
            if (char.IsWhiteSpace(c)) text.Append(c);
        }

        if (text.Length > length || !Rune.TryGetRuneAt(context, word.Start, out var first) || !Rune.IsLetterOrDigit(first)) return;
        var before = from - 1;
        if (before > 0 && char.IsLowSurrogate(context[before])) before--;
        if (HasBlank(context.AsSpan(from, word.Start - from)) || Rune.TryGetRuneAt(context, before, out var last) && Rune.IsLetterOrDigit(last) && !(IsUnparted(last) && IsUnparted(first))) text.Append(' ');
    }

    private static bool HasBlank(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (char.IsWhiteSpace(c)) return true;
        }

        return false;
    }

    // Thai to Lao, Myanmar, Khmer, Han with kana, and Han beyond the basic plane: scripts that put no blanks between words.
    private static bool IsUnparted(Rune rune) => rune.Value is >= 0x0E00 and <= 0x0EFF or >= 0x1000 and <= 0x109F or >= 0x1780 and <= 0x17FF
        or >= 0x2E80 and <= 0x9FFF or >= 0xF900 and <= 0xFAFF or >= 0x20000 and <= 0x3FFFF;

    private List<SourceToken> Tokens(string context)
    {
        var tokens = new List<SourceToken>();
        var forced = _forced.Find(context);
        var at = 0;
        foreach (var (start, end, index) in forced)
        {
            if (_forced.Placeholders[index] is not { } placeholder) continue;
            Encode(context, at, start, tokens);
            tokens.Add(new SourceToken(_forced.Ids[index], placeholder, start, end, BeginsWord: true, index, start));
            at = end;
        }

        Encode(context, at, context.Length, tokens);
        MarkForced(tokens, forced);
        return tokens;
    }

    private void Encode(string context, int from, int to, List<SourceToken> tokens)
    {
        if (from == to) return;
        var encoding = _tokenizer.Encode(context[from..to], null, EncodeOptions.PlainText);
        for (var i = 0; i < encoding.Ids.Length; i++)
        {
            var (start, end) = encoding.Offsets[i];
            var begins = i == 0 || encoding.WordIds[i] != encoding.WordIds[i - 1] || _marks.IsPunctuation(encoding.Tokens[i]);
            tokens.Add(new SourceToken(encoding.Ids[i], encoding.Tokens[i], from + start, from + end, begins));
        }
    }

    // Tokens that lie in a forced text which the encoder has as a token; here it may be cut otherwise.
    private void MarkForced(List<SourceToken> tokens, List<(int Start, int End, int Index)> forced)
    {
        var next = 0;
        for (var i = 0; i < tokens.Count && next < forced.Count; i++)
        {
            while (next < forced.Count && forced[next].End <= tokens[i].Start) next++;
            if (next == forced.Count) break;
            var (start, _, index) = forced[next];
            if (tokens[i].Occurrence < 0 && tokens[i].End > start && _forced.Placeholders[index] is null)
                tokens[i] = tokens[i] with { Forced = index, Occurrence = start };
        }
    }

    // One past the chunk's last token: behind the last good end within reach, else before the last word that begins within reach.
    private int EndOf(List<SourceToken> tokens, int start)
    {
        if (tokens.Count - start <= _most) return tokens.Count;
        var reach = start + _most;
        for (var end = reach; end > start + 1; end--)
        {
            var token = tokens[end - 1];
            if (_chunkEnds.Contains(token.Text) || token.Forced >= 0 && _chunkEnds.Contains(_forced.Texts[token.Forced])) return end;
        }

        for (var end = reach; end > start + 1; end--)
        {
            if (tokens[end].BeginsWord) return end;
        }

        return reach;
    }

    // Where words stand: without blanks, one behind the other. What has no characters of its own (a lone word mark) is no word.
    private static List<PromptWord> Place(string context, List<PromptWord> words, int from)
    {
        var placed = new List<PromptWord>(words.Count);
        foreach (var word in words)
        {
            // A token may hold the blank before a forced text; blanks of the forced text itself are kept.
            var (start, end) = (Math.Max(Math.Max(word.Start, word.Occurrence), from), word.End);
            if (!word.IsForced)
            {
                while (start < end && char.IsWhiteSpace(context[start])) start++;
                while (end > start && char.IsWhiteSpace(context[end - 1])) end--;
            }

            if (start >= end) continue;
            (word.Start, word.End, word.Text) = (start, end, context[start..end]);
            placed.Add(word);
            from = end;
        }

        return placed;
    }
}
