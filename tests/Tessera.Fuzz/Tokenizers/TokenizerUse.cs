using System.Text;
using Tessera.Tokenizers;

namespace Tessera.Fuzz;

/// <summary>What is done with a tokenizer that opened: texts to ids by every way, and back.</summary>
internal static class TokenizerUse
{
    // Small, so that an id at the edge does not ask for more memory than the run allows an input.
    public static InputLimits Limits { get; } = new() { MaxVocabulary = 1 << 16 };

    private static readonly string[] s_texts = ["", " ", "ab abc  a\n\n1234 <s>Ünïcode 中文 \u0301\ud83d\ude00!", "\0\u200b▁▁x<0x41>\ud83d", new('a', 300)];

    /// <summary>Encodes and decodes; the ways have to agree.</summary>
    public static void Touch(Tokenizer tokenizer)
    {
        tokenizer.Summarize();
        foreach (var text in s_texts) Touch(tokenizer, text);
        tokenizer.Decode([-1, 0, int.MaxValue, tokenizer.VocabularySize]);
    }

    /// <summary>Encodes one text in every way, and decodes its ids in every way.</summary>
    public static void Touch(Tokenizer tokenizer, string text)
    {
        var ids = tokenizer.EncodeToIds(text);
        var encoding = tokenizer.Encode(text);
        if (!ids.AsSpan().SequenceEqual(encoding.Ids)) throw new InvalidOperationException("EncodeToIds and Encode differ");
        if (!ids.AsSpan().SequenceEqual(tokenizer.EncodeToIds(Encoding.UTF8.GetBytes(text)))) throw new InvalidOperationException("text and its bytes differ");
        if (tokenizer.CountTokens(text) != ids.Length) throw new InvalidOperationException("the count differs");
        foreach (var (start, end) in encoding.Offsets)
        {
            if (start < 0 || end < start || end > text.Length) throw new InvalidOperationException($"a place {start}..{end} in a text of {text.Length}");
        }

        tokenizer.DecodeToBytes(ids);
        var stream = tokenizer.CreateStreamingDecoder();
        var streamed = new StringBuilder();
        foreach (var id in ids) streamed.Append(stream.Append(id));
        Same("streamed", streamed.Append(stream.Flush()).ToString(), ids, tokenizer.Decode(ids, skipSpecialTokens: true));

        // Ids that are no text's: the text in the caller's memory is the same for them, too.
        int[] odd = [.. text.Select((c, i) => (c + 7 * i) % (tokenizer.VocabularySize + 1))];
        var whole = tokenizer.Decode(odd);
        var memory = new char[whole.Length];
        tokenizer.Decode(odd, memory, out _, out var written);
        Same("written", new string(memory, 0, written), odd, whole);
    }

    private static void Same(string what, string text, int[] ids, string decoded)
    {
        if (text != decoded) throw new InvalidOperationException($"{what} text {Shown(text)} differs from decoded text {Shown(decoded)}; ids {string.Join(' ', ids.Take(200))}");
    }

    private static string Shown(string text) => System.Text.Json.JsonEncodedText.Encode(text.Length > 400 ? text[..400] : text).ToString();

    /// <summary>How far a reader of tokenizers came: the syntax, the parts, or the texts.</summary>
    public static FuzzStage StageOf(TesseraException refusal) => refusal switch
    {
        MalformedInputException { Place: var place } when place.StartsWith("line ", StringComparison.Ordinal) || place == "$" => FuzzStage.Header,
        _ => FuzzStage.Table,
    };
}
