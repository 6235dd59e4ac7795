using System.Collections.ObjectModel;
using Tessera.Tokenizers.Text.Patterns;

namespace Tessera.Tokenizers.Tiktoken;

/// <summary>
/// What a rank file does not say: the pattern that cuts text, and the control tokens. The known ones are those of openai/tiktoken 0.14,
/// tiktoken_ext/openai_public.py.
/// </summary>
/// <param name="Name">The name, such as <c>o200k_base</c>.</param>
/// <param name="Pattern">The regular expression that cuts text into pieces.</param>
/// <param name="SpecialTokens">The control tokens and their ids.</param>
public sealed record TiktokenEncoding(string Name, string Pattern, IReadOnlyDictionary<string, int> SpecialTokens)
{
    private const string EndOfText = "<|endoftext|>", FimPrefix = "<|fim_prefix|>", FimMiddle = "<|fim_middle|>", FimSuffix = "<|fim_suffix|>", EndOfPrompt = "<|endofprompt|>";
    private const string Source = "https://openaipublic.blob.core.windows.net/encodings/";

    /// <summary>GPT-2 and GPT-3.</summary>
    public static TiktokenEncoding R50kBase { get; } = new("r50k_base", KnownPatterns.Gpt2, Specials((EndOfText, 50_256))) { FileName = "r50k_base.tiktoken" };

    /// <summary>Codex, text-davinci-002 and -003.</summary>
    public static TiktokenEncoding P50kBase { get; } = new("p50k_base", KnownPatterns.Gpt2, Specials((EndOfText, 50_256))) { FileName = "p50k_base.tiktoken" };

    /// <summary>The models that edit text; the ranks of <see cref="P50kBase"/>.</summary>
    public static TiktokenEncoding P50kEdit { get; } = new("p50k_edit", KnownPatterns.Gpt2, Specials((EndOfText, 50_256), (FimPrefix, 50_281), (FimMiddle, 50_282), (FimSuffix, 50_283))) { FileName = "p50k_base.tiktoken" };

    /// <summary>GPT-3.5, GPT-4, text-embedding-3.</summary>
    public static TiktokenEncoding Cl100kBase { get; } =
        new("cl100k_base", KnownPatterns.TiktokenCl100k, Specials((EndOfText, 100_257), (FimPrefix, 100_258), (FimMiddle, 100_259), (FimSuffix, 100_260), (EndOfPrompt, 100_276))) { FileName = "cl100k_base.tiktoken" };

    /// <summary>GPT-4o and later.</summary>
    public static TiktokenEncoding O200kBase { get; } = new("o200k_base", KnownPatterns.O200k, Specials((EndOfText, 199_999), (EndOfPrompt, 200_018))) { FileName = "o200k_base.tiktoken" };

    /// <summary>gpt-oss: the ranks of <see cref="O200kBase"/> with the control tokens of its conversations.</summary>
    public static TiktokenEncoding O200kHarmony { get; } = new("o200k_harmony", KnownPatterns.O200k, HarmonySpecials()) { FileName = "o200k_base.tiktoken" };

    /// <summary>The known encodings.</summary>
    public static IReadOnlyList<TiktokenEncoding> Known { get; } = [R50kBase, P50kBase, P50kEdit, Cl100kBase, O200kBase, O200kHarmony];

    /// <summary>The name of the file with its ranks; null where none is published.</summary>
    public string? FileName { get; init; }

    /// <summary>Where that file is to be had; null where none is published.</summary>
    public Uri? Address => FileName is null ? null : new Uri(Source + FileName);

    /// <summary>The known encoding of a name, or null. <c>gpt2</c> is <see cref="R50kBase"/>.</summary>
    public static TiktokenEncoding? Find(string name) => name == "gpt2" ? R50kBase : Known.FirstOrDefault(e => e.Name == name);

    /// <summary>The encoding of a model of OpenAI's (tiktoken/model.py), or null where the name is not known.</summary>
    /// <param name="model">Such as <c>gpt-4o</c>, <c>gpt-4o-2024-05-13</c> or <c>ft:gpt-4o:mine</c>.</param>
    public static TiktokenEncoding? ForModel(string model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var name = model.StartsWith("ft:", StringComparison.Ordinal) ? model[3..].Split(':')[0] : model;
        return name switch
        {
            "o1" or "o3" or "o4-mini" or "gpt-5" or "gpt-4.1" or "gpt-4o" or "chatgpt-4o" => O200kBase,
            "gpt-4" or "gpt-3.5-turbo" or "gpt-3.5" or "gpt-35-turbo" or "davinci-002" or "babbage-002" or "text-embedding-ada-002" or "text-embedding-3-small" or "text-embedding-3-large" => Cl100kBase,
            "text-davinci-003" or "text-davinci-002" or "code-davinci-002" or "code-davinci-001" or "code-cushman-002" or "code-cushman-001" or "davinci-codex" or "cushman-codex" => P50kBase,
            "text-davinci-edit-001" or "code-davinci-edit-001" => P50kEdit,
            "gpt2" or "gpt-2" or "davinci" or "curie" or "babbage" or "ada" or "text-davinci-001" or "text-curie-001" or "text-babbage-001" or "text-ada-001"
                or "text-similarity-davinci-001" or "text-similarity-curie-001" or "text-similarity-babbage-001" or "text-similarity-ada-001"
                or "text-search-davinci-doc-001" or "text-search-curie-doc-001" or "text-search-babbage-doc-001" or "text-search-ada-doc-001"
                or "code-search-babbage-code-001" or "code-search-ada-code-001" => R50kBase,
            _ => ForPrefix(name),
        };
    }

    private static TiktokenEncoding? ForPrefix(string name)
    {
        // Longer ones first: gpt-4o- before gpt-4-.
        ReadOnlySpan<(string Prefix, TiktokenEncoding Encoding)> prefixes =
        [
            ("gpt-oss-", O200kHarmony), ("chatgpt-4o-", O200kBase), ("gpt-4.5-", O200kBase), ("gpt-4.1-", O200kBase), ("gpt-4o-", O200kBase), ("gpt-5-", O200kBase), ("o1-", O200kBase), ("o3-", O200kBase), ("o4-mini-", O200kBase),
            ("gpt-3.5-turbo-", Cl100kBase), ("gpt-35-turbo-", Cl100kBase), ("gpt-4-", Cl100kBase),
        ];
        foreach (var (prefix, encoding) in prefixes)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal)) return encoding;
        }

        return null;
    }

    private static ReadOnlyDictionary<string, int> HarmonySpecials()
    {
        var tokens = new Dictionary<string, int>(StringComparer.Ordinal)
        {
            [EndOfPrompt] = 200_018,
            ["<|startoftext|>"] = 199_998,
            [EndOfText] = 199_999,
            ["<|return|>"] = 200_002,
            ["<|constrain|>"] = 200_003,
            ["<|channel|>"] = 200_005,
            ["<|start|>"] = 200_006,
            ["<|end|>"] = 200_007,
            ["<|message|>"] = 200_008,
            ["<|call|>"] = 200_012,
        };
        var taken = tokens.Values.Where(static id => id != 200_018).ToHashSet(); // that one has two names
        for (var id = 200_000; id < 201_088; id++)
        {
            if (!taken.Contains(id)) tokens.Add($"<|reserved_{id}|>", id);
        }

        return tokens.AsReadOnly();
    }

    private static ReadOnlyDictionary<string, int> Specials(params ReadOnlySpan<(string Token, int Id)> tokens)
    {
        var specials = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (token, id) in tokens) specials.Add(token, id);
        return specials.AsReadOnly();
    }
}
