using System.Text.Json.Nodes;

namespace Tessera.Models.Tests;

/// <summary>Folders of encoders that label tokens, with a tokenizer: random weights, so that what they keep means nothing but differs from word to word.</summary>
internal static class ToyCompressors
{
    private const string Punctuation = ".,!?;:-()\"'#@&";

    /// <summary>BERT with WordPiece over single letters.</summary>
    public static void WriteBert(string folder, int labels = 2)
    {
        string[] special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
        string[] letters = [.. Letters().Concat(["漢", "字", "é"])];
        string[] vocabulary = [.. special, .. Punctuation.Select(static c => c.ToString()), .. letters, .. letters.Select(static l => "##" + l), "the", "not", "##ing", "Hello"];
        Write(folder, "bert", "BertForTokenClassification", vocabulary.Length, labels, new JsonObject
        {
            ["version"] = "1.0", ["added_tokens"] = Added(special), ["normalizer"] = new JsonObject
            {
                ["type"] = "BertNormalizer", ["clean_text"] = true, ["handle_chinese_chars"] = true, ["strip_accents"] = false, ["lowercase"] = false,
            },
            ["pre_tokenizer"] = new JsonObject { ["type"] = "BertPreTokenizer" }, ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "WordPiece", ["prefix"] = "##", ["cleanup"] = true },
            ["model"] = new JsonObject
            {
                ["type"] = "WordPiece", ["unk_token"] = "[UNK]", ["continuing_subword_prefix"] = "##", ["max_input_chars_per_word"] = 100_000,
                ["vocab"] = new JsonObject(vocabulary.Select(static (t, i) => KeyValuePair.Create(t, (JsonNode?)i))),
            },
        }, """{"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]", "mask_token": "[MASK]"}""");
    }

    /// <summary>XLM-RoBERTa with a unigram vocabulary over single letters and a few words.</summary>
    public static void WriteRoberta(string folder, int labels = 2)
    {
        string[] special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"];
        string[] vocabulary = [.. special, "▁", .. Punctuation.Select(static c => c.ToString()), .. Letters().Concat(["漢", "字", "é", "▁the", "▁not", "ing", "▁He", "llo"])];
        Write(folder, "xlm-roberta", "XLMRobertaForTokenClassification", vocabulary.Length, labels, new JsonObject
        {
            ["version"] = "1.0", ["added_tokens"] = Added(special), ["normalizer"] = new JsonObject { ["type"] = "NFKC" },
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(
                    new JsonObject { ["type"] = "WhitespaceSplit" }, new JsonObject { ["type"] = "Metaspace", ["replacement"] = "▁", ["prepend_scheme"] = "always", ["split"] = true }),
            },
            ["post_processor"] = null, ["decoder"] = new JsonObject { ["type"] = "Metaspace", ["replacement"] = "▁", ["prepend_scheme"] = "always", ["split"] = true },
            ["model"] = new JsonObject
            {
                ["type"] = "Unigram", ["unk_id"] = 3, ["byte_fallback"] = false,
                ["vocab"] = new JsonArray([.. vocabulary.Select(static (t, i) => (JsonNode)new JsonArray(t, i < 5 ? 0.0 : -1 - 0.01 * i))]),
            },
        }, """{"cls_token": "<s>", "sep_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>", "mask_token": "<mask>"}""");
    }

    private static IEnumerable<string> Letters() => Enumerable.Range('a', 26).Concat(Enumerable.Range('A', 26)).Concat(Enumerable.Range('0', 10)).Select(static c => ((char)c).ToString());

    private static JsonArray Added(string[] special) => new([.. special.Select(static (t, i) => (JsonNode)new JsonObject
    {
        ["id"] = i, ["content"] = t, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false, ["normalized"] = false, ["special"] = true,
    })]);

    private static void Write(string folder, string type, string architecture, int vocabulary, int labels, JsonObject tokenizer, string config)
    {
        ToyEncoders.Write(folder, ToyEncoders.Config(type, architecture, vocabulary), ToyEncoders.Linear("classifier", labels));
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), tokenizer.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), config);
    }
}
