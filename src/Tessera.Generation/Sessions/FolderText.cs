using System.Text.Json;
using Tessera.Models.Files;
using Tessera.Tokenizers.Templates;

namespace Tessera.Generation;

/// <summary>
/// What a folder of Hugging Face's files says about text, apart from the tokenizer itself: special tokens, chat templates, defaults of
/// generation. A file that is not there says nothing.
/// </summary>
internal static class FolderText
{
    private static readonly string[] s_specialNames = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    /// <summary>The special tokens that tokenizer_config.json names: each a text, or an object with the text as its content.</summary>
    public static Dictionary<string, string> SpecialTokens(ModelFolder folder, InputLimits limits)
    {
        var tokens = new Dictionary<string, string>();
        if (folder.TokenizerConfigPath is not { } path) return tokens;
        using var config = ConfigReader.Open(path, limits);
        foreach (var name in s_specialNames)
        {
            if (config.KindOf(name) == JsonValueKind.Object) tokens[name] = config.Object(name)!.String("content");
            else if (config.Has(name)) tokens[name] = config.String(name);
        }

        return tokens;
    }

    /// <summary>The chat templates: chat_template.jinja rules over tokenizer_config.json, as in transformers. Null where there are none.</summary>
    public static ChatTemplateSet? Templates(ModelFolder folder, InputLimits limits)
    {
        if (folder.ChatTemplatePath is { } path)
        {
            var length = new FileInfo(path).Length;
            if (length > limits.MaxStringBytes) throw new ResourceLimitException($"bytes of {path}", length, limits.MaxStringBytes);
            return new ChatTemplateSet(new Dictionary<string, string> { [ChatTemplateSet.DefaultName] = File.ReadAllText(path) });
        }

        if (folder.TokenizerConfigPath is not { } configPath) return null;
        using var config = ConfigReader.Open(configPath, limits);
        var texts = new Dictionary<string, string>();
        if (config.KindOf("chat_template") == JsonValueKind.String)
            texts[ChatTemplateSet.DefaultName] = config.String("chat_template");
        else
            foreach (var entry in config.ObjectList("chat_template") ?? []) texts[entry.String("name")] = entry.String("template");
        return texts.Count == 0 ? null : new ChatTemplateSet(texts);
    }

    /// <summary>generation_config.json; without it the ids that config.json names; null where neither is there.</summary>
    public static GenerationDefaults? Defaults(ModelFolder folder, InputLimits limits)
    {
        if (folder.GenerationConfigPath is { } path) return GenerationDefaults.Load(path, limits);
        if (folder.ConfigPath is not { } configPath) return null;
        using var config = ConfigReader.Open(configPath, limits);
        int? Id(string name) => config.IntList(name, min: 0) is [var id, ..] ? id : null;
        return new GenerationDefaults { StopIds = config.IntList("eos_token_id", min: 0) ?? [], BeginId = Id("bos_token_id"), PadId = Id("pad_token_id") };
    }
}
