using System.Text;
using System.Text.Json;

namespace Tessera.Tokenizers.Tests;

/// <summary>Tokenizers small enough to write out in a test.</summary>
internal static class TinyTokenizers
{
    /// <summary>A tokenizer around a model given as JSON; the other parts as JSON or null.</summary>
    public static Tokenizer Of(string model, string normalizer = "null", string preTokenizer = "null", string postProcessor = "null", string decoder = "null", string addedTokens = "[]") =>
        Tokenizer.FromJson(Encoding.UTF8.GetBytes(
            $$"""{"version":"1.0","truncation":null,"padding":null,"added_tokens":{{addedTokens}},"normalizer":{{normalizer}},"pre_tokenizer":{{preTokenizer}},"post_processor":{{postProcessor}},"decoder":{{decoder}},"model":{{model}}}"""));

    /// <summary>A BPE model; further settings as JSON members.</summary>
    public static string Bpe(string[] vocabulary, string[] merges, string settings = "\"unk_token\":null") =>
        $$"""{"type":"BPE",{{settings}},"vocab":{{Vocabulary(vocabulary)}},"merges":[{{string.Join(',', merges.Select(Quote))}}]}""";

    /// <summary>A WordLevel model of the given words.</summary>
    public static string WordLevel(params string[] vocabulary) =>
        $$"""{"type":"WordLevel","unk_token":"[UNK]","vocab":{{Vocabulary(vocabulary)}} }""";

    /// <summary>An added token as JSON.</summary>
    public static string Added(int id, string content, bool singleWord = false, bool left = false, bool right = false, bool normalized = false, bool special = false) =>
        $$"""{"id":{{id}},"content":{{Quote(content)}},"single_word":{{Bool(singleWord)}},"lstrip":{{Bool(left)}},"rstrip":{{Bool(right)}},"normalized":{{Bool(normalized)}},"special":{{Bool(special)}}}""";

    /// <summary>A byte-level tokenizer over the 256 bytes and the given merges, GPT-2's pattern.</summary>
    public static Tokenizer ByteLevel(params (string Left, string Right)[] merges)
    {
        var alphabet = Enumerable.Range(0, 256).Select(static b => char.ConvertFromUtf32(Tessera.Tokenizers.Text.ByteAlphabet.CharacterOf((byte)b))).ToList();
        alphabet.AddRange(merges.Select(static m => m.Left + m.Right));
        return Of(
            Bpe([.. alphabet], [.. merges.Select(static m => m.Left + " " + m.Right)]),
            preTokenizer: """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""",
            decoder: """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}""");
    }

    private static string Vocabulary(string[] tokens) => "{" + string.Join(',', tokens.Select(static (t, i) => $"{Quote(t)}:{i}")) + "}";

    private static string Quote(string text) => "\"" + JsonEncodedText.Encode(text) + "\"";

    private static string Bool(bool value) => value ? "true" : "false";
}
