using Tessera.Models.Files;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Templates;

namespace Tessera.Generation;

/// <summary>
/// What a model's files say about text: tokenizer, special tokens, chat templates, recommended options. Reads no weights. Immutable and
/// shared.
/// </summary>
public sealed class ModelText : ITokenText, ITextEncoder
{
    private readonly string _source;
    private readonly byte[]?[] _bytes; // of the tokens that were asked for

    private ModelText(string source, Tokenizer tokenizer)
    {
        (_source, Tokenizer) = (source, tokenizer);
        _bytes = new byte[]?[tokenizer.VocabularySize];
    }

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The special tokens by the names that templates use: <c>bos_token</c>, <c>eos_token</c> …; those that the model does not have are absent.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; private init; } = new Dictionary<string, string>();

    /// <summary>The chat templates; null where the model has none.</summary>
    public ChatTemplateSet? ChatTemplates { get; private init; }

    /// <summary>What the publisher recommends for generation.</summary>
    public GenerationDefaults Defaults { get; private init; } = GenerationDefaults.None;

    /// <summary>Reads what a path has: a .gguf file, a folder of a model, or a tokenizer.json, which is then all that there is.</summary>
    /// <param name="path">The file or folder; weights need not be there.</param>
    /// <param name="limits">Bounds on what the files may ask for; the defaults if null.</param>
    /// <exception cref="TesseraException">A file is malformed, there is no tokenizer, or it is of an unsupported kind.</exception>
    /// <exception cref="IOException">There is nothing at the path, or it can't be opened.</exception>
    public static ModelText Load(string path, InputLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        limits ??= InputLimits.Default;
        var folder = ModelFolder.Open(path);
        if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && !path.EndsWith(".index.json", StringComparison.OrdinalIgnoreCase))
            return new ModelText(path, Tokenizer.Load(path, Path.GetFileName(path) == "tokenizer.json" ? folder.TokenizerConfigPath : null, limits));
        if (!path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) && folder.TokenizerPath is not null) return OfFolder(folder, null, limits);
        using var files = WeightFiles.Open(path, limits);
        return Find(files, limits) ?? throw new UnsupportedFeatureException(path, "text for a model without a tokenizer", "Put its tokenizer.json beside the weights.");
    }

    /// <summary>The model's chat template as a format of conversations.</summary>
    /// <exception cref="UnsupportedFeatureException">The model has none.</exception>
    public IChatFormat ChatFormat() => ChatTemplates is { } templates
        ? new TemplateChatFormat(templates.Select(), this) { SpecialTokens = SpecialTokens }
        : throw new UnsupportedFeatureException(_source, "a conversation with a model that has no chat template", "It continues text; give it a raw prompt.");

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Bytes(int id) =>
        (uint)id < (uint)_bytes.Length ? _bytes[id] ??= Tokenizer.TokenBytes(id).ToArray() : default; // a model's table of logits may be longer than its vocabulary

    /// <inheritdoc/>
    public bool IsControl(int id) => Tokenizer.IsSpecial(id);

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<char> text, bool parseControlTokens, List<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ids.AddRange(Tokenizer.EncodeToIds(text, parseControlTokens ? EncodeOptions.NoSpecials : EncodeOptions.PlainText));
    }

    /// <summary>The ids of a prompt that is no conversation: with the begin-of-text token where the model expects one, spelt-out control tokens recognised.</summary>
    /// <param name="prompt">The prompt.</param>
    public int[] EncodePrompt(string prompt)
    {
        // Post-processors that end a text (SEP, end-of-text) are made for whole texts; a prompt goes on.
        var ids = Tokenizer.EncodeToIds(prompt, EncodeOptions.Default);
        return ids.Length > 0 && Defaults.StopIds.Contains(ids[^1]) && Tokenizer.CountTokens(prompt, EncodeOptions.NoSpecials) < ids.Length
            && !prompt.EndsWith(Tokenizer.IdToToken(ids[^1]) ?? "", StringComparison.Ordinal) ? ids[..^1] : ids;
    }

    /// <summary>What open files say; null where they hold no tokenizer.</summary>
    /// <param name="files">The files; they stay open, and are needed no more afterwards.</param>
    /// <param name="limits">Bounds on what the files may ask for; the defaults if null.</param>
    /// <exception cref="TesseraException">A file is malformed, or the tokenizer is of an unsupported kind.</exception>
    public static ModelText? Find(WeightFiles files, InputLimits? limits = null)
    {
        limits ??= InputLimits.Default;
        // A .gguf file that was named itself is complete: what lies beside it may belong to another model.
        var named = files.Gguf is not null && !Directory.Exists(files.Path);
        if (!named && files.Folder.TokenizerPath is not null) return OfFolder(files.Folder, files.Gguf, limits);
        return files.Gguf is { } gguf && GgufText.HasVocabulary(gguf.Metadata) ? OfGguf(gguf, named ? null : files.Folder, limits) : null;
    }

    private static ModelText OfFolder(ModelFolder folder, GgufFile? gguf, InputLimits limits)
    {
        var tokens = FolderText.SpecialTokens(folder, limits);
        if (tokens.Count == 0 && gguf is not null) tokens = GgufText.SpecialTokens(gguf.Metadata, gguf.Path);
        return new ModelText(folder.Path, Tokenizer.Load(folder.TokenizerPath!, folder.TokenizerConfigPath, limits))
        {
            SpecialTokens = tokens,
            ChatTemplates = FolderText.Templates(folder, limits) ?? (gguf is null ? null : GgufText.Templates(gguf.Metadata)),
            Defaults = FolderText.Defaults(folder, limits) ?? (gguf is null ? GenerationDefaults.None : GgufText.Defaults(gguf.Metadata)),
        };
    }

    private static ModelText OfGguf(GgufFile gguf, ModelFolder? folder, InputLimits limits) => new(gguf.Path, Tokenizer.FromGguf(GgufText.Vocabulary(gguf.Metadata), gguf.Path, limits))
    {
        SpecialTokens = GgufText.SpecialTokens(gguf.Metadata, gguf.Path),
        ChatTemplates = (folder is null ? null : FolderText.Templates(folder, limits)) ?? GgufText.Templates(gguf.Metadata),
        Defaults = (folder is null ? null : FolderText.Defaults(folder, limits)) ?? GgufText.Defaults(gguf.Metadata),
    };
}
