using System.Text;
using System.Text.Json;
using Tessera.Tokenizers;

namespace Tessera.Golden;

/// <summary>Whole documents through a tokenizer, compared by count, first ids and hashes.</summary>
internal sealed class DocumentReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && @case.Expected.Has("ids_sha256") && @case.Expected.Has("count")
        && (TokenizerFiles.IsNamedIn(file) || @case.Input.Find("tokenizer") is { Kind: JsonValueKind.String });

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        var named = input.Find("tokenizer");
        var tokenizer = named is null ? TokenizerFiles.Of(@case.File)! : TokenizerFiles.Load(@case.File, named.AsFilePath());
        var options = new EncodeOptions { AddSpecialTokens = input.Find("add_special_tokens") is { } add && add.AsBool(), OffsetUnit = OffsetUnit.Scalar };
        var text = TokenizerFiles.Text(@case);
        var encoding = tokenizer.Encode(text, null, options);
        check.Equal(expected["count"], encoding.Ids.Length);
        check.SameIds(expected["first"], encoding.Ids.AsSpan(0, Math.Min(expected["first"].Count, encoding.Ids.Length)));
        check.Equal(expected["ids_sha256"], TokenizerFiles.Hash(encoding.Ids, 24));
        check.Equal(expected["offsets_sha256"], TokenizerFiles.Hash([.. encoding.Offsets.SelectMany(static o => (int[])[o.Start, o.End])], 24));
        check.That(tokenizer.EncodeToIds(text, options).AsSpan().SequenceEqual(encoding.Ids), "EncodeToIds", "the ids of Encode", "other ids");

        // A file that names its tokenizer once keeps specials out of the decoded text; one that names it in each case keeps them in.
        var decoded = tokenizer.Decode(encoding.Ids, skipSpecialTokens: named is null);
        if (expected.Find("decoded_equals_text") is { } equal) check.Equal(equal, decoded == text);
        if (expected.Find("decoded_sha256") is { } hash) check.Equal(hash, TokenizerFiles.Hash(Encoding.UTF8.GetBytes(decoded), 24));
    }
}
