using System.Text.Json;
using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Training;

namespace Tessera.Golden;

/// <summary>Merge training on a corpus, line by line: tokens by id, and merges.</summary>
internal sealed class BpeTrainingReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && @case.Input.Has("trainer") && @case.Input.Has("corpus") && @case.Expected.Has("vocab") && @case.Expected.Has("merges");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        var words = CountWords(@case, cancellationToken);
        var settings = SettingsOf(input["trainer"]);
        var training = new MergeTraining(words, settings);
        training.Run(null, cancellationToken);
        string[][] merges = [.. training.Merges.Select(m => (string[])[training.Tokens[m.Left], training.Tokens[m.Right]])];
        var determinism = expected["determinism"];
        if (determinism["identical_in_5_runs"].AsBool())
        {
            check.SameStrings(expected["vocab"], training.Tokens);
            var wanted = expected["merges"].Items.Select(static m => string.Join(' ', m.AsStrings())).ToList();
            var got = merges.Select(static m => string.Join(' ', m)).ToList();
            var at = wanted.Zip(got).TakeWhile(static p => p.First == p.Second).Count();
            check.That(at == wanted.Count && at == got.Count, $"expected.merges[{at}]", wanted.ElementAtOrDefault(at) ?? $"{wanted.Count} in all", got.ElementAtOrDefault(at) ?? $"{got.Count} in all");
        }
        else
        {
            // The library's order of continuation symbols is random here: what came out in all its runs has to come out.
            var tokens = training.Tokens.ToHashSet(StringComparer.Ordinal);
            var missing = expected["tokens_in_all_runs"].AsStrings().Where(t => !tokens.Contains(t!)).ToList();
            check.That(missing.Count == 0, "expected.tokens_in_all_runs", "all of them", $"not among the tokens: {string.Join(' ', missing)}");
            check.That(training.Tokens.Count == expected["vocab"].Count, "expected.vocab", $"{expected["vocab"].Count} tokens", $"{training.Tokens.Count} tokens");
            expected["vocab"].Waive("one of the reference's own results");
            expected["merges"].Waive("their order is not repeatable in the reference");
        }

        determinism.Waive("how repeatable the reference is");
    }

    /// <summary>The words of a case's corpus, through its normalizer and pre-tokenizer.</summary>
    internal static WordCounter CountWords(GoldenCase @case, CancellationToken cancellationToken)
    {
        var input = @case.Input;
        var normalizer = input.Find("normalizer") is { Kind: JsonValueKind.Object } n ? NormalizerJson.Read(new JsonPart(n.Element, "normalizer", @case.Id)) : null;
        var preTokenizer = input.Find("pre_tokenizer") is { Kind: JsonValueKind.Object } p ? PreTokenizerJson.Read(new JsonPart(p.Element, "pre_tokenizer", @case.Id)) : null;
        return BpeTrainer.CountWords(Lines(File.ReadAllText(input["corpus"].AsFilePath())), normalizer, preTokenizer, cancellationToken);
    }

    private static MergeSettings SettingsOf(GoldenValue trainer)
    {
        int? Number(string key) => trainer.Find(key) is { Kind: JsonValueKind.Number } value ? value.AsInt() : null;
        string Affix(string key) => trainer.Find(key) is { Kind: JsonValueKind.String } value ? value.AsString() : "";
        var alphabet = trainer.Find("initial_alphabet");
        return new MergeSettings
        {
            VocabularySize = Number("vocab_size") ?? 30_000,
            MinFrequency = Number("min_frequency") ?? 0,
            MaxTokenLength = Number("max_token_length") ?? int.MaxValue,
            LimitAlphabet = Number("limit_alphabet"),
            SpecialTokens = trainer.Find("special_tokens") is { } specials ? [.. specials.AsStrings().Select(static s => s!)] : [],
            InitialAlphabet = alphabet is null ? []
                : alphabet.Kind == JsonValueKind.String ? [.. Enumerable.Range(0, 256).Select(static b => ByteAlphabet.CharacterOf((byte)b))]
                : [.. alphabet.AsStrings().Select(static s => s!.EnumerateRunes().First().Value)],
            ContinuingPrefix = Affix("continuing_subword_prefix"),
            EndSuffix = Affix("end_of_word_suffix"),
        };
    }

    /// <summary>Lines with their line ends.</summary>
    private static IEnumerable<string> Lines(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start);
            end = end < 0 ? text.Length : end + 1;
            yield return text[start..end];
            start = end;
        }
    }
}
