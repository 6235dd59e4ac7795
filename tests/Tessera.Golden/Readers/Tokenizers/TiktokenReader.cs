using System.Text.Json;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Tiktoken;

namespace Tessera.Golden;

/// <summary>A rank file with a pattern of the file: ids with control tokens as text and as tokens, places, unstable ends, refusals, bytes of ids.</summary>
internal sealed class TiktokenReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Root.Find("ranks") is { Kind: JsonValueKind.String } && file.Root.Has("patterns") && @case.Has("input") && @case.Has("expected") && @case.Input.Has("pattern");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (file, input, expected) = (@case.File, @case.Input, @case.Expected);
        var pattern = input["pattern"].AsString();
        var tokenizer = file.Directory.RunCache.Get("tiktoken|" + file.Root["ranks"].AsFilePath() + "|" + pattern, () => Tokenizer.LoadTiktoken(
            file.Root["ranks"].AsFilePath(),
            new TiktokenEncoding(pattern, file.Root["patterns"][pattern].AsString(), file.Root["special_tokens"].Properties.ToDictionary(static p => p.Key, static p => p.Value.AsInt()))));
        if (input.Find("ids") is { } given)
        {
            check.Equal(expected["decoded"], tokenizer.Decode(given.AsInts()));
            check.Equal(expected["bytes_hex"], Convert.ToHexStringLower(tokenizer.DecodeToBytes(given.AsInts())));
            return;
        }

        var text = input["text"].AsString();
        if (input.Find("disallowed_special") is { } disallowed)
        {
            check.That(disallowed.AsString() == "all", disallowed.Path, "all", disallowed.AsString());
            check.Refused(expected["error"].Path, expected["error"].AsString(), () => tokenizer.RefuseSpecials(text));
            return;
        }

        check.SameIds(expected["ids_specials_as_text"], tokenizer.EncodeToIds(text, EncodeOptions.PlainText));
        var ids = tokenizer.EncodeToIds(text);
        check.SameIds(expected["ids_all_special"], ids);
        check.SameIds(expected["offsets"], [.. tokenizer.EncodeToTokens(text, EncodeOptions.PlainText with { OffsetUnit = OffsetUnit.Scalar }).Select(static t => t.Offset.Start.Value)]);
        check.Equal(expected["decoded"], tokenizer.Decode(ids));
        if (expected.Find("unstable") is not { } unstable) return;
        var (stable, completions) = tokenizer.EncodeWithUnstable(text);
        check.SameIds(unstable["stable"], stable);
        check.Equal(unstable["completions_count"], completions.Count);
        var first = unstable["completions"].AsIntRows();
        for (var i = 0; i < first.Length; i++)
            check.That(i < completions.Count && completions[i].AsSpan().SequenceEqual(first[i]), $"{unstable.Path}.completions[{i}]", string.Join(' ', first[i]), i < completions.Count ? string.Join(' ', completions[i]) : "nothing");
    }
}
