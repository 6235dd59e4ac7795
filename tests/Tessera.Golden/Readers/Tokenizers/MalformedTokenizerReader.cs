using System.Text;
using System.Text.Json;
using Tessera.Tokenizers;

namespace Tessera.Golden;

/// <summary>Broken and odd texts of tokenizer.json: what the reference refuses is refused; what it accepts gives the same, or a typed error.</summary>
internal sealed class MalformedTokenizerReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) => @case.Has("input") && @case.Has("expected") && @case.Input.Has("tokenizer_json") && @case.Expected.Has("loads");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (json, expected) = (@case.Input["tokenizer_json"].AsString(), @case.Expected);
        Tokenizer? tokenizer = null;
        TesseraException? refusal = null;
        try
        {
            tokenizer = Tokenizer.FromJson(Encoding.UTF8.GetBytes(json));
        }
        catch (TesseraException wrong)
        {
            refusal = wrong;
        }

        foreach (var key in (ReadOnlySpan<string>)["error", "kind"]) expected.Find(key)?.Waive("the wording is the reference's");
        var loads = expected["loads"].AsBool();
        if (!loads && IsOldMetaspace(json))
        {
            // A deliberate difference: files from before prepend_scheme load, with the meaning that they had.
            check.That(tokenizer is not null, "expected.loads", "loaded as an old file", refusal?.Message ?? "");
            return;
        }

        if (!loads)
        {
            check.That(refusal is not null, "expected.loads", "a refusal", "loaded");
            return;
        }

        if (tokenizer is null)
        {
            check.That(true, "expected.loads", "", "");
            foreach (var key in (ReadOnlySpan<string>)["vocab_size_with_added", "added", "encodings"]) expected.Find(key)?.Waive($"refused: {refusal!.Message}");
            return;
        }

        check.Equal(expected["vocab_size_with_added"], tokenizer.TokenCount);
        var added = expected["added"].Items.ToList();
        check.That(added.Count == tokenizer.AddedTokens.Count, "expected.added", $"{added.Count}", $"{tokenizer.AddedTokens.Count}");
        // A second deliberate difference: where the reference numbers an added token anew, the file's own number holds.
        var renumbered = new Dictionary<int, int>();
        foreach (var entry in added)
        {
            var (id, own) = (entry[0].AsInt(), tokenizer.AddedTokens.SingleOrDefault(t => t.Content == entry[1].AsString())?.Id ?? -1);
            check.That(own == id || own >= 0 && json.Contains($"\"id\": {own},", StringComparison.Ordinal), entry.Path, $"{id}, or the file's own", $"{own}");
            renumbered[own] = id;
        }

        foreach (var (text, encoding) in expected["encodings"].Properties) Encode(tokenizer, text, encoding, renumbered, check);
    }

    private static void Encode(Tokenizer tokenizer, string text, GoldenValue expected, Dictionary<int, int> renumbered, GoldenCheck check)
    {
        if (expected.Find("error") is { } error)
        {
            error.Waive("the wording is the reference's");
            check.Refused(expected.Path, "what has no token", () => tokenizer.EncodeToIds(text));
            return;
        }

        var encoding = tokenizer.Encode(text, null, new EncodeOptions { OffsetUnit = OffsetUnit.Scalar });
        check.SameIds(expected["ids"], [.. encoding.Ids.Select(id => renumbered.GetValueOrDefault(id, id))]);
        EncodingChecks.SameOffsets(expected["offsets"], encoding.Offsets, check);
    }

    private static bool IsOldMetaspace(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("pre_tokenizer", out var part) && part.ValueKind == JsonValueKind.Object
                && part.TryGetProperty("add_prefix_space", out var prefix) && prefix.ValueKind == JsonValueKind.False && !part.TryGetProperty("prepend_scheme", out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
