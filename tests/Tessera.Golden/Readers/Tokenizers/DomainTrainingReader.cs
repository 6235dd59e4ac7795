using System.Text;
using System.Text.Json;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Domain;
using Tessera.Tokenizers.Files;

namespace Tessera.Golden;

/// <summary>KL3M: character-level training with padding, tokens a character, lengths of a published vocabulary's tokens.</summary>
internal sealed class DomainTrainingReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && (@case.Input.Has("max_chars") && @case.Input.Has("pad_to_power_of_two") || @case.Has("expected") && @case.Expected.Has("mapped_symbols_per_model_token"))
        || @case.Has("input") && @case.Input.Has("texts") && @case.Name.StartsWith("tokens-per-character", StringComparison.Ordinal);

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        if (@case.Input.Has("max_chars")) Train(@case, check, cancellationToken);
        else if (@case.Input.Has("texts")) Count(@case, check);
        else Lengths(@case, check);
    }

    private static void Train(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        var specials = new DomainTrainerOptions().SpecialTokens;
        var trainer = new DomainTrainer(new DomainTrainerOptions
        {
            VocabularySize = input["vocab_size"].AsInt() - specials.Count, // the original's target, less what it takes off before it trains
            MaxTokenLength = input["max_chars"].AsInt(),
            LengthInBytes = true, // the original counts mapped symbols
            MinFrequency = input["min_frequency"].AsInt(),
            Pad = input["pad_to_power_of_two"].AsBool(),
            PadWithWhitespace = true,
            InitialAlphabet = [.. Enumerable.Range(0, 0xFF).Select(static c => ((char)c).ToString())], // the original's: characters, not mapped bytes
        });
        var tokenizer = trainer.Train(Documents(@case, input["corpus"].AsString()), null, cancellationToken);
        using var stream = new MemoryStream();
        TokenizerJsonWriter.Write(tokenizer, stream);
        using var json = JsonDocument.Parse(stream.ToArray());
        var model = json.RootElement.GetProperty("model");
        check.SameStrings(expected["vocab"], [.. model.GetProperty("vocab").EnumerateObject().OrderBy(static v => v.Value.GetInt32()).Select(static v => v.Name)]);
        var merges = model.GetProperty("merges").EnumerateArray().Select(static m => m.EnumerateArray().Select(static p => p.GetString()).ToArray()).ToList();
        check.That(merges.Count == expected["merges"].Count, expected["merges"].Path, $"{expected["merges"].Count}", $"{merges.Count}");
        foreach (var (wanted, got) in expected["merges"].Items.Zip(merges)) check.SameStrings(wanted, got);
        var added = tokenizer.AddedTokens;
        check.That(added.Count == expected["added_tokens"].Count, expected["added_tokens"].Path, $"{expected["added_tokens"].Count}", $"{added.Count}");
        foreach (var (wanted, got) in expected["added_tokens"].Items.Zip(added))
        {
            check.Equal(wanted[0], got.Id);
            check.Equal(wanted[1], got.Content);
            check.Equal(wanted[2], got.Special);
            check.Equal(wanted[3], got.Normalized);
        }
    }

    /// <summary>The corpus as the case describes it: codes of the parallel texts, a line feed before each, every line with its end a document, blank ones dropped.</summary>
    private static IEnumerable<string> Documents(GoldenCase @case, string description)
    {
        var parts = description.Split(',', StringSplitOptions.TrimEntries);
        var codes = parts.SkipWhile(static p => !p.StartsWith("codes ", StringComparison.Ordinal)).TakeWhile(static p => !p.StartsWith("texts ", StringComparison.Ordinal)).Select(static p => p.StartsWith("codes ", StringComparison.Ordinal) ? p["codes ".Length..] : p);
        var text = string.Concat(codes.Select(c => "\n" + TextOf(@case, parts[0], c)));
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start);
            end = end < 0 ? text.Length : end + 1;
            if (!string.IsNullOrWhiteSpace(text[start..end])) yield return text[start..end];
            start = end;
        }
    }

    private static void Count(GoldenCase @case, GoldenCheck check)
    {
        // The tokenizer's file is named by the case beside this one.
        var name = @case.Name.Split('/')[1];
        var path = @case.File.Cases.First(c => c.Has("input") && c.Input.Find("tokenizer") is { } t && t.Element.GetString()!.Contains(name, StringComparison.Ordinal)).Input["tokenizer"].AsFilePath();
        var tokenizer = TokenizerFiles.Load(@case.File, path);
        foreach (var (key, description) in @case.Input["texts"].Properties)
        {
            var text = Describe(@case, description.AsString());
            var measures = Tessera.Tokenizers.Measures.TextSweep.Measure(tokenizer, [text]);
            var wanted = @case.Expected[key];
            check.Equal(wanted["tokens"], measures.Tokens);
            check.Equal(wanted["characters"], measures.Characters);
            check.Close(wanted["tpc"], measures.TokensPerCharacter, new Tolerance(1e-12));
        }
    }

    // "udhr.jsonl code eng" or "moby-dick.txt code points 50000..70000"
    private static string Describe(GoldenCase @case, string description)
    {
        var words = description.Split(' ');
        if (words[1] == "code" && words[2] != "points") return TextOf(@case, words[0], words[2]);
        var range = words[3].Split("..").Select(static n => int.Parse(n, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        var text = new StringBuilder();
        foreach (var rune in File.ReadAllText(@case.File.Resolve(words[0])).EnumerateRunes().Skip(range[0]).Take(range[1] - range[0])) text.Append(rune.ToString());
        return text.ToString();
    }

    private static string TextOf(GoldenCase @case, string file, string code)
    {
        foreach (var line in File.ReadLines(@case.File.Resolve(file)))
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.GetProperty("code").GetString() == code) return json.RootElement.GetProperty("text").GetString()!;
        }

        throw new GoldenFormatException("input", $"no text of the code {code} in {file}");
    }

    private static void Lengths(GoldenCase @case, GoldenCheck check)
    {
        var expected = @case.Expected;
        var tokenizer = TokenizerFiles.Load(@case.File, @case.Input["tokenizer"].AsFilePath());
        check.Equal(expected["vocab"], tokenizer.VocabularySize);
        var added = tokenizer.AddedTokens;
        var lengths = tokenizer.Parts.Model.Vocabulary.Entries().GroupBy(static e => Encoding.UTF8.GetString(e.Token).EnumerateRunes().Count()).ToDictionary(static g => g.Key, static g => g.Count());
        foreach (var (length, count) in expected["mapped_symbols_per_model_token"].Properties) check.Equal(count, lengths[int.Parse(length, System.Globalization.CultureInfo.InvariantCulture)]);
        check.That(lengths.Count == expected["mapped_symbols_per_model_token"].Count, "expected.mapped_symbols_per_model_token", $"{expected["mapped_symbols_per_model_token"].Count} lengths", $"{lengths.Count}");
        check.Equal(expected["added_count"], added.Count);
        check.SameStrings(expected["added_tokens"], [.. added.Take(expected["added_tokens"].Count).Select(static t => t.Content)]);
        foreach (var part in (ReadOnlySpan<string>)["normalizer", "pre_tokenizer"]) check.That(Same(expected[part].AsRawText(), tokenizer.Parts.Json![part]), expected[part].Path, "the same JSON", tokenizer.Parts.Json[part]);
    }

    private static bool Same(string first, string second)
    {
        using var a = JsonDocument.Parse(first);
        using var b = JsonDocument.Parse(second);
        return JsonElement.DeepEquals(a.RootElement, b.RootElement);
    }
}
