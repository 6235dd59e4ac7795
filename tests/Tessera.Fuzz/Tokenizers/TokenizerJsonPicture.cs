using System.Globalization;
using System.Text;

namespace Tessera.Fuzz;

/// <summary>A tokenizer.json by its parts, each as JSON text, before it is written.</summary>
internal sealed class TokenizerJsonPicture
{
    private static readonly string[] s_normalizers =
    [
        "null", """{"type":"NFC"}""", """{"type":"NFKD"}""", """{"type":"Lowercase"}""", """{"type":"Strip","strip_left":true,"strip_right":true}""", """{"type":"StripAccents"}""", """{"type":"Nmt"}""",
        """{"type":"Prepend","prepend":"▁"}""", """{"type":"Replace","pattern":{"String":" "},"content":"▁"}""", """{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}""",
        """{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""", """{"type":"Precompiled","precompiled_charsmap":"BAAAAAAAAAA="}""",
        """{"type":"ByteLevel"}""", """{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"Lowercase"}]}""",
    ];

    private static readonly string[] s_preTokenizers =
    [
        "null", """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""", """{"type":"ByteLevel","add_prefix_space":true}""",
        """{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}""", """{"type":"Metaspace","replacement":"▁","add_prefix_space":false}""", """{"type":"WhitespaceSplit"}""", """{"type":"Whitespace"}""",
        """{"type":"BertPreTokenizer"}""", """{"type":"Digits","individual_digits":true}""", """{"type":"Punctuation","behavior":"Contiguous"}""", """{"type":"UnicodeScripts"}""", """{"type":"FixedLength","length":3}""",
        """{"type":"CharDelimiterSplit","delimiter":"a"}""", """{"type":"Split","pattern":{"Regex":"\\s+(?!\\S)|\\p{L}+|."},"behavior":"Isolated","invert":false}""",
        """{"type":"Split","pattern":{"String":" "},"behavior":"MergedWithPrevious","invert":false}""", """{"type":"Split","pattern":{"Regex":"(a|b)*?c"},"behavior":"MergedWithNext","invert":true}""",
        """{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":false},{"type":"ByteLevel","add_prefix_space":false}]}""",
    ];

    private static readonly string[] s_postProcessors =
    [
        "null", """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true}""", """{"type":"BertProcessing","sep":["b",1],"cls":["a",0]}""",
        """{"type":"RobertaProcessing","sep":["b",1],"cls":["a",0],"trim_offsets":true,"add_prefix_space":false}""",
        """{"type":"TemplateProcessing","single":["a:0","$A:0"],"pair":["a:0","$A:0","$B:1"],"special_tokens":{"a":{"id":"a","ids":[0],"tokens":["a"]}}}""",
        """{"type":"Sequence","processors":[{"type":"ByteLevel","trim_offsets":false}]}""",
    ];

    private static readonly string[] s_decoders =
    [
        "null", """{"type":"ByteLevel"}""", """{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"}""", """{"type":"WordPiece","prefix":"##","cleanup":true}""", """{"type":"BPEDecoder","suffix":"</w>"}""",
        """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}""",
        """{"type":"CTC","pad_token":"a","word_delimiter_token":"b","cleanup":true}""",
    ];

    private static readonly string[] s_models =
    [
        """{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,"end_of_word_suffix":null,"fuse_unk":false,"byte_fallback":false,"ignore_merges":false,"vocab":{"a":0,"b":1,"c":2,"ab":3,"abc":4,"Ġ":5,"▁":6,"Ġab":7},"merges":["a b","ab c","Ġ ab"]}""",
        """{"type":"BPE","unk_token":"a","fuse_unk":true,"byte_fallback":true,"ignore_merges":true,"vocab":{"a":0,"b":1,"ab":2,"<0x41>":3,"abc":9},"merges":[["a","b"]]}""",
        """{"type":"BPE","unk_token":"a","continuing_subword_prefix":"##","end_of_word_suffix":"</w>","vocab":{"a":0,"##b":1,"##b</w>":2,"ab":3,"ab</w>":4},"merges":["a ##b","a ##b</w>"]}""",
        """{"type":"BPE","dropout":0.5,"vocab":{"a":0,"aa":1,"aaaa":2},"merges":["a a","aa aa"]}""",
        """{"type":"Unigram","unk_id":0,"byte_fallback":false,"vocab":[["<unk>",0],["a",-1.0],["b",-1.5],["ab",-2.0],["▁",-3],["▁a",-2.5]]}""",
        """{"type":"Unigram","unk_id":null,"byte_fallback":true,"vocab":[["a",-1.0],["<0x62>",-1.5],["ab",-2.0]]}""",
        """{"type":"WordPiece","unk_token":"a","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{"a":0,"b":1,"##b":2,"##c":3,"ab":4}}""",
        """{"type":"WordLevel","unk_token":"a","vocab":{"a":0,"b":1,"ab":2}}""",
    ];

    private static readonly string[] s_odd =
    [
        "null", "true", "0", "-1", "1", "0.5", "1e400", "4294967295", "4294967296", "65535", "99999999999999999999", "\"\"", "\"a\"", "\"\\ud800\"", "\"\\u0000\"", "\"😀\"", "[]", "{}", "[[]]", "[null]", "{\"a\":0}",
        "\"(a*)*b\"", "\"[\"", "\"(?i:x)\"", "\"\\\\p{Zz}\"", "\"(a|ab)(c|bcd)*\"", "\"a{1000}\"", "\"Isolated\"", "\"always\"", "\"BPE\"", "\"Sequence\"", "{\"type\":\"NFC\"}", "{\"String\":\"\"}", "{\"Regex\":\"\"}",
    ];

    private readonly List<(string Key, string Json)> _parts = [];
    private readonly List<(double At, byte[] Bytes)> _patches = [];
    private double _cut = 1;

    /// <summary>A valid file, most of the time.</summary>
    public static TokenizerJsonPicture Seed(FuzzDice dice)
    {
        var picture = new TokenizerJsonPicture();
        picture._parts.Add(("version", "\"1.0\""));
        picture._parts.Add(("truncation", dice.Pick("null", "null", """{"direction":"Right","max_length":4,"strategy":"LongestFirst","stride":1}""")));
        picture._parts.Add(("padding", dice.Pick("null", "null", """{"strategy":{"Fixed":8},"direction":"Left","pad_to_multiple_of":null,"pad_id":0,"pad_type_id":0,"pad_token":"a"}""")));
        picture._parts.Add(("added_tokens", $"[{string.Join(',', Enumerable.Range(0, dice.Below(3)).Select(_ => Added(dice)))}]"));
        picture._parts.Add(("normalizer", dice.Pick<string>(s_normalizers)));
        picture._parts.Add(("pre_tokenizer", dice.Pick<string>(s_preTokenizers)));
        picture._parts.Add(("post_processor", dice.Pick<string>(s_postProcessors)));
        picture._parts.Add(("decoder", dice.Pick<string>(s_decoders)));
        picture._parts.Add(("model", dice.Pick<string>(s_models)));
        return picture;
    }

    /// <summary>One thing goes wrong.</summary>
    public void Break(FuzzDice dice)
    {
        var at = dice.Below(_parts.Count);
        switch (dice.Below(12))
        {
            case < 5: // a value inside a part becomes an odd one
                _parts[at] = (_parts[at].Key, ReplaceValue(_parts[at].Json, dice));
                break;
            case 5: // a key is spelled otherwise
                _parts[at] = (_parts[at].Key, _parts[at].Json.Replace("\"type\"", dice.Pick("\"Type\"", "\"kind\"", "\"\""), StringComparison.Ordinal));
                break;
            case 6:
                _parts[at] = (_parts[at].Key, dice.Pick<string>(s_odd));
                break;
            case 7:
                _parts.Add((dice.Pick("model", "version", "extra", "added_tokens"), dice.Pick<string>(s_odd)));
                break;
            case 8:
                _parts.RemoveAt(at);
                break;
            case 9: // nested
                var depth = dice.Pick(1, 20, 70, 3_000);
                _parts[at] = (_parts[at].Key, string.Concat(Enumerable.Repeat("""{"type":"Sequence","normalizers":[""", depth)) + _parts[at].Json + string.Concat(Enumerable.Repeat("]}", depth)));
                break;
            case 10:
                _patches.Add((dice.Below(1_000) / 1_000.0, dice.Chance(0.5) ? dice.Text() : [(byte)dice.Pick('{', '}', '[', ']', '"', ',', ':', '\\', '0')]));
                break;
            default:
                if (dice.Chance(0.3)) _cut = dice.Below(1_000) / 1_000.0;
                break;
        }
    }

    /// <summary>The file.</summary>
    public byte[] Write(FuzzDice dice)
    {
        if (_parts.Count == 0) return dice.Text();
        var bytes = Encoding.UTF8.GetBytes("{" + string.Join(',', _parts.Select(static p => $"\"{p.Key}\":{p.Json}")) + "}");
        foreach (var (at, patch) in _patches) patch.AsSpan(0, Math.Min(patch.Length, bytes.Length - (int)(at * bytes.Length))).CopyTo(bytes.AsSpan((int)(at * bytes.Length)));
        return bytes[..(int)(_cut * bytes.Length)];
    }

    private static string Added(FuzzDice dice) => string.Create(CultureInfo.InvariantCulture, $$"""
        {"id":{{dice.Pick("0", "5", "10", "11", "60000", "65536", "-1")}},"content":{{dice.Pick("\"<s>\"", "\"a\"", "\"</s>\"", "\"\"", "\"A \"", "\"▁\"", "\"\\u0301\"")}},"single_word":{{Flag(dice)}},"lstrip":{{Flag(dice)}},"rstrip":{{Flag(dice)}},"normalized":{{Flag(dice)}},"special":{{Flag(dice)}}}
        """);

    private static string Flag(FuzzDice dice) => dice.Chance(0.3) ? "true" : "false";

    // What stands between a colon or comma and the next comma or bracket, somewhere.
    private static string ReplaceValue(string json, FuzzDice dice)
    {
        if (json.Length < 3) return dice.Pick<string>(s_odd);
        var start = json.AsSpan(dice.Below(json.Length)) is var rest && rest.IndexOfAny(":,[") is >= 0 and var found ? json.Length - rest.Length + found + 1 : 0;
        var end = start + (json.AsSpan(start).IndexOfAny(",]}") is >= 0 and var length ? length : json.Length - start);
        return string.Concat(json.AsSpan(0, start), dice.Pick<string>(s_odd), json.AsSpan(end));
    }
}
