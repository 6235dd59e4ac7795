using System.Text.Json;
using Tessera.Tokenizers;

namespace Tessera.Golden;

/// <summary>Texts and pairs through a whole tokenizer: ids, tokens, offsets, types, masks, words, decoded text, streamed text.</summary>
internal sealed class EncodingReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        TokenizerFiles.IsNamedIn(file) && @case.Has("input") && @case.Has("expected") && @case.Input.Has("text") && @case.Expected.Has("ids") && @case.Expected.Has("offsets")
        && !file.Root.Has("max_length"); // those are cut: the embeddings' reader knows where

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var tokenizer = TokenizerFiles.Of(@case.File)!;
        var input = @case.Input;
        var text = input["text"].AsString();
        var pair = input.Find("pair") is { IsNull: false } second ? second.AsString() : null;
        var options = new EncodeOptions
        {
            AddSpecialTokens = input.Find("add_special_tokens") is not { } add || add.AsBool(),
            ParseSpecial = @case.File.Root.Find("setting")?.Find("encode_special_tokens") is not { } off || !off.AsBool(),
            OffsetUnit = OffsetUnit.Scalar,
        };
        var encoding = tokenizer.Encode(text, pair, options);
        EncodingChecks.Compare(@case.Expected, encoding, check);
        if (@case.Expected.Find("offsets_utf16") is { } utf16)
            EncodingChecks.SameOffsets(utf16, tokenizer.Encode(text, pair, options with { OffsetUnit = OffsetUnit.Utf16 }).Offsets, check);
        if (@case.Expected.Find("ids_as_plain_text") is { } plain) check.SameIds(plain, tokenizer.EncodeToIds(text, EncodeOptions.PlainText));
        Decode(tokenizer, @case.Expected, encoding.Ids, check);
        if (pair is not null) return;

        // The ways to the ids agree: the fast one, the one on UTF-8, the count.
        check.That(tokenizer.EncodeToIds(text, options).AsSpan().SequenceEqual(encoding.Ids), "EncodeToIds", "the ids of Encode", "other ids");
        check.That(tokenizer.CountTokens(System.Text.Encoding.UTF8.GetBytes(text), options) == encoding.Ids.Length, "CountTokens", "the number of ids", "another number");
    }

    private static void Decode(Tokenizer tokenizer, GoldenValue expected, int[] ids, GoldenCheck check)
    {
        if (expected.Find("decoded") is { } decoded) check.Equal(decoded, tokenizer.Decode(ids));
        if (expected.Find("decoded_skip_special") is { } skipped) check.Equal(skipped, tokenizer.Decode(ids, skipSpecialTokens: true));
        var whole = tokenizer.CreateStreamingDecoder();
        check.That(string.Concat(ids.Select(whole.Append)) + whole.Flush() == tokenizer.Decode(ids, skipSpecialTokens: true), "streamed", "the text decoded at once", "another text");
        if (expected.Find("stream_skip_special") is not { } stream) return;
        var decoder = tokenizer.CreateStreamingDecoder();
        check.SameStrings(stream, [.. ids.Select(decoder.Append)]);
    }
}
