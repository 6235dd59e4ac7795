using System.Text;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Tiktoken;

namespace Tessera.Fuzz;

/// <summary>Texts: bytes that need not be UTF-8 through tokenizers of every kind, one a text.</summary>
internal sealed class TextKind : IFuzzKind
{
    private static readonly string[] s_strings =
    [
        " ", "  ", "\n", "\r\n", "\t", "a", "b", "ab", "abc", "'s", "'LL", "1", "123", "½", "é", "e\u0301", "中", "の", "가", "\u1100\u1161", "😀", "👩\u200d👧", "\u0130", "ß", "ﬁ", "\uFEFF", "\u200b", "\u00a0", "\u3000", "\u2581",
        "<s>", "</s", "<0x41>", "##", "[UNK]", "\0", "\u0085", "\uFFFD", "\u0327", "!", "$$", "/", "\\", "A", "\u01c5", "\ud835\udd18", "\u2028",
    ];

    // What is made of a text with everything there is to tell is some hundred times its size.
    private const int MostBytes = 8_000;

    private static readonly Tokenizer[] s_tokenizers = [.. Make().Select(static json => Tokenizer.FromJson(Encoding.UTF8.GetBytes(json)))];

    public string Name => "encode";

    public string Description => "takes bytes that need not be UTF-8 through tokenizers of every kind, one a text";

    public byte[] Make(FuzzDice dice)
    {
        var text = new List<byte>();
        if (dice.Chance(0.02))
        {
            // One thing many times: nothing may grow faster than the text.
            var piece = dice.Chance(0.3) ? dice.Text() : Encoding.UTF8.GetBytes(dice.Pick<string>(s_strings));
            for (var count = 1 + dice.Below(2_000); count > 0 && text.Count < MostBytes; count--) text.AddRange(piece);
            return [.. text];
        }

        for (var count = dice.Below(40); count > 0; count--) text.AddRange(dice.Chance(0.06) ? dice.Text() : Encoding.UTF8.GetBytes(dice.Pick<string>(s_strings)));
        return [.. text];
    }

    public void Use(FuzzInput input)
    {
        var text = Encoding.UTF8.GetString(input.Bytes);
        var which = input.Length % s_tokenizers.Length;
        var tokenizer = s_tokenizers[which];
        if (!tokenizer.EncodeToIds(input.Bytes).AsSpan().SequenceEqual(tokenizer.EncodeToIds(text))) throw new InvalidOperationException($"tokenizer {which}: invalid bytes are not what U+FFFD is");
        TokenizerUse.Touch(tokenizer, text);
        if (which == 0 && tokenizer.Decode(tokenizer.EncodeToIds(text)) != text) throw new InvalidOperationException("the bytes do not come back");
    }

    public FuzzStage StageOf(TesseraException refusal) => FuzzStage.Data;

    private static IEnumerable<string> Make()
    {
        const string head = "{\"version\":\"1.0\",\"added_tokens\":[{\"id\":999,\"content\":\"<s>\",\"single_word\":false,\"lstrip\":true,\"rstrip\":true,\"normalized\":false,\"special\":true}],";
        var bytes = string.Join(',', Enumerable.Range(0, 256).Select(static b => $"\"{Character(b)}\":{b}"));
        foreach (var pattern in TiktokenEncoding.Known.Select(static e => e.Pattern).Distinct())
        {
            // Without tokens found in the text, so that all of it comes back.
            yield return $$$"""{"version":"1.0","pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"{{{System.Text.Json.JsonEncodedText.Encode(pattern)}}}"},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]},"decoder":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{{{{bytes}}},"ab":256,"aa":257,"aaaa":258,"Ġa":259},"merges":["a b","a a","aa aa","Ġ a"]}}""";
        }

        yield return head + """ "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},"pre_tokenizer":{"type":"BertPreTokenizer"},"decoder":{"type":"WordPiece","prefix":"##","cleanup":true},"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{"[UNK]":0,"a":1,"##a":2,"ab":3,"##b":4,"!":5}}}""";
        yield return head + """ "normalizer":{"type":"Sequence","normalizers":[{"type":"Nmt"},{"type":"NFKC"},{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}]},"pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true},"decoder":{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"},"model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["▁",-2],["a",-3],["ab",-4],["▁a",-4.5],["1",-5]]}}""";
        yield return head + """ "normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]},"decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]},"model":{"type":"BPE","unk_token":"<unk>","fuse_unk":true,"byte_fallback":true,"vocab":{"<unk>":0,"▁":1,"a":2,"▁a":3,"aa":4,"<0xE4>":5,"<0xB8>":6,"<0xAD>":7},"merges":["▁ a","a a"]}}""";
        yield return head + """ "normalizer":{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"StripAccents"},{"type":"Lowercase"}]},"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"UnicodeScripts"},{"type":"Digits","individual_digits":true},{"type":"Punctuation","behavior":"Isolated"}]},"model":{"type":"WordLevel","unk_token":"[UNK]","vocab":{"[UNK]":0,"a":1,"ab":2}}}""";
    }

    private static string Character(int b)
    {
        var text = char.ConvertFromUtf32(b is >= 0x21 and <= 0x7E or >= 0xA1 and <= 0xAC or >= 0xAE ? b : 0x100 + Enumerable.Range(0, b).Count(static v => v is not (>= 0x21 and <= 0x7E or >= 0xA1 and <= 0xAC or >= 0xAE)));
        return System.Text.Json.JsonEncodedText.Encode(text).ToString();
    }
}
