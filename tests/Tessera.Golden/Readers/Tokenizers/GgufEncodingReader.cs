using System.Text.Json;
using Tessera.Generation;
using Tessera.Tokenizers;

namespace Tessera.Golden;

/// <summary>The same texts through the vocabulary of a real model's GGUF file, where it has one: the same ids, also as plain text.</summary>
internal sealed class GgufEncodingReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Root.Find("model") is { Kind: JsonValueKind.String } model && @case.Has("input") && @case.Has("expected") && @case.Input.Has("text") && @case.Expected.Has("offsets")
        && file.Directory.SharedFolders.FindModel(model.AsString()) is { } folder && Directory.EnumerateFiles(folder, "*.gguf").Any();

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var path = Directory.EnumerateFiles(@case.File.Directory.RealModel(@case.File.Root["model"].AsString()), "*.gguf").First();
        var tokenizer = @case.File.Directory.RunCache.Get("gguf tokenizer|" + path, () => ModelText.Load(path).Tokenizer);
        var text = @case.Input["text"].AsString();
        var add = @case.Input.Find("add_special_tokens") is not { } wanted || wanted.AsBool();
        check.SameIds(@case.Expected["ids"], tokenizer.EncodeToIds(text, new EncodeOptions { AddSpecialTokens = add }));
        if (@case.Expected.Find("ids_as_plain_text") is { } plain) check.SameIds(plain, tokenizer.EncodeToIds(text, EncodeOptions.PlainText));
        if (@case.Expected.Find("decoded") is { } decoded) check.Equal(decoded, tokenizer.Decode(tokenizer.EncodeToIds(text, new EncodeOptions { AddSpecialTokens = add })));
    }
}
