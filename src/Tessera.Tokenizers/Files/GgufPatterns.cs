using Tessera.Tokenizers.Text.Patterns;

namespace Tessera.Tokenizers.Files;

/// <summary>
/// What <c>tokenizer.ggml.pre</c> means: the patterns that a byte-level BPE splits by, one after the other, and what else the name implies.
/// Names and patterns as in llama.cpp, src/llama-vocab.cpp; NFC where the original tokenizer has it.
/// </summary>
internal sealed record GgufPatterns(string[] Patterns, bool IgnoreMerges = false, bool AddBos = false, bool Nfc = false)
{
    private const string Bloom = " ?[^(\\s|.,!?…。，、।۔،)]+";

    private static readonly GgufPatterns s_gpt2 = new([KnownPatterns.Gpt2]);
    private static readonly GgufPatterns s_digitsGpt2 = new([@"\p{N}", KnownPatterns.Gpt2]);
    private static readonly GgufPatterns s_llama3 = new([KnownPatterns.Cl100k], IgnoreMerges: true, AddBos: true);
    private static readonly GgufPatterns s_cl100k = new([KnownPatterns.Cl100k]);
    private static readonly GgufPatterns s_qwen2 = new([KnownPatterns.Qwen2], Nfc: true);
    private static readonly GgufPatterns s_o200k = new([KnownPatterns.O200k]);

    /// <summary>The patterns of a name, or null where the name is not known.</summary>
    public static GgufPatterns? Find(string name) => name switch
    {
        "gpt-2" or "phi-2" or "mpt" or "olmo" or "jais" or "trillion" or "jina-es" or "jina-de" or "jina-v2-es" or "jina-v2-de" or "jina-v2-code" or "roberta-bpe" or "gigachat" => s_gpt2,
        "smollm" or "starcoder" or "command-r" or "refact" or "codeshell" or "exaone" or "minerva-7b" => s_digitsGpt2,
        "llama3" or "llama-v3" or "llama-bpe" or "falcon3" or "pixtral" or "lfm2" => s_llama3,
        "dbrx" or "smaug-bpe" or "chatglm-bpe" or "glm4" => s_cl100k,
        "qwen2" or "deepseek-r1-qwen" or "stablelm2" or "megrez" => s_qwen2,
        "gpt-4o" or "llama4" => s_o200k,
        "tekken" => new([KnownPatterns.Tekken], IgnoreMerges: true, AddBos: true),
        "deepseek-v3" => new([@"\p{N}{1,3}", KnownPatterns.DeepSeekCjk, KnownPatterns.DeepSeekMain]),
        "deepseek-coder" => new(["[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", "[一-龥ࠀ-一가-퟿]+", @"\p{N}"]),
        "falcon" => new([@"[\p{P}\$\+<=>\^~\|`]+", KnownPatterns.Gpt2, "[0-9][0-9][0-9]"]),
        "bloom" or "poro-chat" or "gpt3-finnish" => new([Bloom]),
        "viking" => new([Bloom, @"\p{N}"]),
        "default" => new([@"[\p{P}\$\+<=>\^~\|]+", KnownPatterns.Gpt2, @"\p{N}+", "[0-9][0-9][0-9]"]),
        _ => null,
    };

    /// <summary>The name of a pre-tokenizer as tokenizer.json text, or null where no name stands for it.</summary>
    public static string? NameOf(string preTokenizerJson) =>
        preTokenizerJson == ComponentJson.Splits(s_gpt2.Patterns) ? "gpt-2"
        : preTokenizerJson == ComponentJson.Splits(s_digitsGpt2.Patterns) ? "smollm"
        : preTokenizerJson == ComponentJson.Splits(s_cl100k.Patterns) ? "dbrx"
        : preTokenizerJson == ComponentJson.Splits(s_qwen2.Patterns) ? "qwen2"
        : preTokenizerJson == ComponentJson.Splits(s_o200k.Patterns) ? "gpt-4o"
        : null;
}
