using System.Text;
using Tessera.Tokenizers;

namespace Tessera.Context.Compression;

/// <summary>
/// The package's own way (microsoft/LLMLingua 0.2.2): chunks are put into text and tokenised anew, a chunk without a good end has a token
/// too many and loses its end token, unknown words vanish, XLM-R reads unknown tokens where it was taught to read its own around a text,
/// words and text are spelt by tokens. For comparison with published results.
/// </summary>
internal sealed class OfficialText : PromptText
{
    // What the package takes for words where everything stays: runs of word characters and these characters.
    private const string WordCharacters = "<>=/!@#$%^&*()?\":{}|\\`~;_+-";

    private readonly Tokenizer _tokenizer;
    private readonly SubwordMarks _marks;
    private readonly ForcedTexts _forced;
    private readonly LlmLingua2Options _options;
    private readonly HashSet<string> _chunkEnds;
    private readonly HashSet<string> _specials;
    private readonly (int First, int Last) _frame;
    private readonly int _most;

    public OfficialText(Tokenizer tokenizer, LlmLingua2Options options, (int First, int Last) frame, int maxSequence)
    {
        _tokenizer = tokenizer;
        _marks = SubwordMarks.Of(tokenizer);
        _forced = new ForcedTexts(options.ForceTokens, tokenizer);
        _options = options;
        // The package puts mBERT's [CLS] and [SEP] around every text; where the vocabulary has no such tokens they are unknown ones (XLM-R).
        _frame = (tokenizer.TokenToId("[CLS]") ?? tokenizer.SpecialTokens.Unknown ?? frame.First, tokenizer.TokenToId("[SEP]") ?? tokenizer.SpecialTokens.Unknown ?? frame.Last);
        _most = maxSequence;
        for (var i = 0; i < _forced.Texts.Count; i++)
        {
            if (_forced.Placeholders[i] is { } placeholder && _forced.Ids[i] < 0)
                throw new UnsupportedFeatureException("the encoder's tokenizer", $"no token {placeholder}", "The package's own form needs one for each forced text that is no token; leave that form off.");
        }

        _chunkEnds = new HashSet<string>(options.ChunkEndTokens, StringComparer.Ordinal);
        for (var i = 0; i < _forced.Texts.Count; i++)
        {
            if (_forced.Placeholders[i] is { } placeholder && _chunkEnds.Contains(_forced.Texts[i])) _chunkEnds.Add(placeholder);
        }

        var roles = tokenizer.SpecialTokens;
        int?[] ids = [roles.BeginOfSequence, roles.EndOfSequence, roles.Padding, roles.Unknown, roles.Separator, roles.Classification, roles.Mask];
        _specials = [.. ids.Select(id => id is { } known ? tokenizer.IdToToken(known) : null).OfType<string>()];
    }

    public override List<PromptChunk> Chunks(string context)
    {
        var tokens = Array.ConvertAll(_tokenizer.EncodeToTokens(_forced.Insert(context), EncodeOptions.NoSpecials), static t => t.Value);
        var chunks = new List<PromptChunk>();
        var most = _most - 2;
        for (var start = 0; start < tokens.Length;)
        {
            var end = tokens.Length - 1;
            if (start + most <= end)
            {
                end = start + most;
                for (var back = end; back > start; back--)
                {
                    if (!_chunkEnds.Contains(tokens[back])) continue;
                    end = back;
                    break;
                }
            }

            chunks.Add(Chunk(_tokenizer.DecodeTokens(tokens[start..(end + 1)])));
            start = end + 1;
        }

        return chunks;
    }

    public override List<PromptWord> Words(string context, PromptChunk chunk)
    {
        var tokens = Array.ConvertAll(chunk.Ids, id => _tokenizer.IdToToken(id) ?? "");
        return Merge(tokens, chunk.Probabilities ?? new float[tokens.Length], _marks, _forced, _options.KeepDigits, _specials);
    }

    /// <summary>Puts tokens together to words. A token inside a word ranks contexts by the probability of the word's first one, as in the package.</summary>
    internal static List<PromptWord> Merge(
        IReadOnlyList<string> tokens, ReadOnlySpan<float> probabilities, SubwordMarks marks, ForcedTexts forced, bool keepDigits, IReadOnlySet<string> specials)
    {
        bool IsForced(string text) => forced.Contains(text) || forced.IsPlaceholder(text);
        var words = new List<PromptWord>();
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            if (specials.Contains(token)) continue;
            if (words.Count == 0 || marks.BeginsWord(token, IsForced))
            {
                var text = forced.Restore(token);
                words.Add(new PromptWord(text, probabilities[i], IsForced(marks.Pure(token)) || keepDigits && SubwordMarks.HasDigit(text)));
            }
            else
            {
                words[^1].Add(marks.Pure(token), probabilities[i], keepDigits && SubwordMarks.HasDigit(token), words[^1].FirstRaw);
            }
        }

        foreach (var word in words) word.IsForced = forced.Contains(word.Text);
        return words;
    }

    public override string Join(string context, IReadOnlyList<List<PromptWord>> words)
    {
        var text = new StringBuilder();
        foreach (var chunk in words) text.Append(_tokenizer.DecodeTokens([.. chunk.Where(static w => w.Kept).Select(static w => w.Text)]));
        return text.ToString();
    }

    public override (string Text, List<PromptWord> Words) Whole(string context, List<PromptChunk> chunks)
    {
        var words = new List<PromptWord>();
        var text = new StringBuilder();
        foreach (var chunk in chunks)
        {
            var part = _forced.Restore(chunk.Text);
            text.Append(part);
            AddWords(part, words);
        }

        return (text.ToString(), words);
    }

    public override string Shown(PromptWord word) => _marks.MarksStarts ? word.Text.TrimStart('▁') : word.Text;

    public override IEnumerable<string> Counted(string context, List<PromptChunk> chunks) => chunks.Select(static c => c.Text);

    public override double Score(IReadOnlyList<PromptWord> words, WordProbability mode)
    {
        var sum = 0f;
        foreach (var word in words) sum += word.Raw(mode);
        return words.Count == 0 ? 0 : sum / words.Count;
    }

    private PromptChunk Chunk(string text)
    {
        int[] ids = [_frame.First, .. _tokenizer.EncodeToIds(text, EncodeOptions.NoSpecials), _frame.Last];
        return new PromptChunk(ids.Length > _most ? ids[.._most] : ids, text, []);
    }

    private static void AddWords(string text, List<PromptWord> words)
    {
        static bool IsWord(Rune rune) => Rune.IsLetter(rune) || Rune.IsNumber(rune) || rune.Value == '_';
        var start = -1;
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsWord(rune))
            {
                if (start < 0) start = at;
            }
            else
            {
                Close(at);
                if (rune.IsAscii && WordCharacters.Contains((char)rune.Value, StringComparison.Ordinal)) words.Add(Kept(rune.ToString()));
            }

            at += rune.Utf16SequenceLength;
        }

        Close(at);

        void Close(int end)
        {
            if (start >= 0) words.Add(Kept(text[start..end]));
            start = -1;
        }

        static PromptWord Kept(string word) => new(word, float.NaN, isSet: false) { Kept = true };
    }
}
