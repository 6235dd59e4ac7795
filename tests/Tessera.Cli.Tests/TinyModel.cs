using System.Text.Json;
using Tessera.Models;
using Tessera.Models.Architectures;
using Tessera.Models.Files;
using Tessera.Models.Heads;
using Tessera.Models.Modules;
using Tessera.Tensors;
using Tessera.Tensors.Kernels;

namespace Tessera.Cli.Tests;

/// <summary>
/// A Llama of one layer with random weights and a byte-level vocabulary (256 bytes, three control tokens, one merge), as a GGUF file and as a folder
/// with Hugging Face's files beside such a file: enough to drive every command in milliseconds. Deleted at the end.
/// </summary>
public sealed class TinyModel : IDisposable
{
    public const int BeginId = 256, EndId = 257, TurnId = 258, Vocabulary = 260;

    private const string Template = "{% for m in messages %}<|turn|>{{ m['role'] }}:{{ m['content'] }}<|end|>{% endfor %}{% if add_generation_prompt %}<|turn|>assistant:{% endif %}";

    public TinyModel()
    {
        Scratch = System.IO.Directory.CreateTempSubdirectory("tessera-cli-").FullName;
        Path = System.IO.Path.Combine(Scratch, "tiny.gguf");
        Directory = System.IO.Directory.CreateDirectory(System.IO.Path.Combine(Scratch, "model")).FullName;
        var config = new StackConfig
        {
            ModelType = "llama", Names = TensorNames.Llama, VocabularySize = Vocabulary, Width = 32, Layers = 1, MaxPositions = 256,
            Heads = 2, KvHeads = 1, HeadSize = 16, FeedForwardWidth = 64, TiedHead = true,
            Rotary = [new RotarySettings { Theta = 10_000, RotatedSize = 16 }],
        };
        var stack = new StackBuilder(config, Random, "tiny").Build();
        using var model = new LanguageModel("tiny", stack, new LanguageHead(new LinearMap(stack.Embedding)));
        var writer = GgufExport.Describe(model, TensorFormat.F32);
        AddVocabulary(writer);
        writer.Save(Path);
        File.Copy(Path, System.IO.Path.Combine(Directory, "weights.gguf"));
        File.WriteAllText(System.IO.Path.Combine(Directory, "tokenizer.json"), TokenizerJson());
        File.WriteAllText(System.IO.Path.Combine(Directory, "tokenizer_config.json"), """{"bos_token": {"content": "<|begin|>"}, "eos_token": "<|end|>"}""");
        File.WriteAllText(System.IO.Path.Combine(Directory, "chat_template.jinja"), Template);
        File.WriteAllText(System.IO.Path.Combine(Directory, "generation_config.json"), $$"""{"eos_token_id": [{{EndId}}]}""");
    }

    /// <summary>A folder for the test's own files.</summary>
    public string Scratch { get; }

    /// <summary>The GGUF file.</summary>
    public string Path { get; }

    /// <summary>The folder with the same model.</summary>
    public string Directory { get; }

    public void Dispose() => System.IO.Directory.Delete(Scratch, recursive: true);

    private static string[] Tokens() => [.. Enumerable.Range(0, 256).Select(b => ByteAlphabet((byte)b)), "<|begin|>", "<|end|>", "<|turn|>", "zz"]; // a vocabulary needs a merge

    private static string TokenizerJson()
    {
        var tokens = Tokens();
        var vocabulary = string.Join(", ", tokens.Select((token, id) => $"{JsonSerializer.Serialize(token)}: {id}"));
        var added = string.Join(", ", tokens.Select((token, id) => (token, id)).Skip(256).Take(3).Select(t =>
            $$"""{"id": {{t.id}}, "content": "{{t.token}}", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}"""));
        return $$$"""
            {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [{{{added}}}], "normalizer": null,
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
             "post_processor": {"type": "TemplateProcessing",
               "single": [{"SpecialToken": {"id": "<|begin|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
               "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
               "special_tokens": {"<|begin|>": {"id": "<|begin|>", "ids": [{{{BeginId}}}], "tokens": ["<|begin|>"]} } },
             "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
             "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null, "end_of_word_suffix": null,
               "fuse_unk": false, "byte_fallback": false, "vocab": { {{{vocabulary}}} }, "merges": ["z z"]} }
            """;
    }

    private static void AddVocabulary(GgufWriter writer)
    {
        var tokens = Tokens();
        writer.Add("tokenizer.ggml.model", GgufValue.Of("gpt2"));
        writer.Add("tokenizer.ggml.pre", GgufValue.Of("gpt-2"));
        writer.Add("tokenizer.ggml.tokens", GgufValue.OfArray(tokens));
        writer.Add("tokenizer.ggml.token_type", GgufValue.OfArray<int>([.. tokens.Select((_, id) => id is >= BeginId and <= TurnId ? 3 : 1)])); // 1 normal, 3 control
        writer.Add("tokenizer.ggml.merges", GgufValue.OfArray(["z z"]));
        writer.Add("tokenizer.ggml.bos_token_id", GgufValue.Of((uint)BeginId));
        writer.Add("tokenizer.ggml.eos_token_id", GgufValue.Of((uint)EndId));
        writer.Add("tokenizer.ggml.add_bos_token", GgufValue.Of(true));
        writer.Add("tokenizer.chat_template", GgufValue.Of(Template));
    }

    // GPT-2's alphabet: printable bytes of Latin 1 stand for themselves, the others for code points from 256 on.
    private static string ByteAlphabet(byte value)
    {
        static bool Printable(int b) => b is >= 33 and <= 126 or >= 161 and <= 172 or >= 174 and <= 255;
        return ((char)(Printable(value) ? value : 256 + Enumerable.Range(0, value).Count(b => !Printable(b)))).ToString();
    }

    private static Tensor Random(string name, ReadOnlySpan<long> shape)
    {
        if (name.StartsWith("lm_head", StringComparison.Ordinal)) throw new InvalidOperationException("the head is tied");
        var tensor = Tensor.Create(TensorFormat.F32, shape);
        var key = new RandomKey(7, 0, (uint)name.Length, RandomPurpose.Initialise);
        for (var i = 0; i < tensor.Count; i++) tensor.Values[i] = shape.Length == 1 ? 1 : (float)key.Normal((uint)i) * 0.3f;
        return tensor;
    }
}
