using System.Text;
using System.Text.Json;
using Tessera.Tokenizers.Training;

namespace Tessera.Golden;

/// <summary>What the cases of all trainers have in common: a corpus, a pipeline, special tokens, and how repeatable the reference is.</summary>
internal static class TrainingCases
{
    /// <summary>The corpus, line by line with the line ends.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Lines(GoldenCase @case) => TrainingTexts.Lines(File.OpenRead(@case.Input["corpus"].AsFilePath()));

    /// <summary>The normalizer and the pre-tokenizer.</summary>
    public static TrainingPipeline Pipeline(GoldenCase @case) => TrainingPipeline.FromJson(Json(@case, "normalizer"), Json(@case, "pre_tokenizer"));

    /// <summary>The special tokens.</summary>
    public static string[] Specials(GoldenValue trainer) => trainer.Find("special_tokens") is { } specials ? [.. specials.AsStrings().Select(static s => s!)] : [];

    /// <summary>A number of the trainer's settings; null where it is not named.</summary>
    public static int? Number(GoldenValue trainer, string key) => trainer.Find(key) is { Kind: JsonValueKind.Number } value ? value.AsInt() : null;

    /// <summary>A text of the trainer's settings; null where it is not named.</summary>
    public static string? Text(GoldenValue trainer, string key) => trainer.Find(key) is { Kind: JsonValueKind.String } value ? value.AsString() : null;

    /// <summary>
    /// Compares what a merge training gives, tokens by id and merges. Where the reference does not repeat itself, because the order of the symbols
    /// inside words is random there, the training is judged with the order that the reference had in the run that was written down.
    /// </summary>
    /// <param name="expected">The reference's tokens and merges.</param>
    /// <param name="check">Compares.</param>
    /// <param name="train">Trains, given the tokens that come first in place of the special ones; null for those of the case.</param>
    public static void CompareMerges(GoldenValue expected, GoldenCheck check, Func<string[]?, MergeTraining> train)
    {
        var training = train(null);
        var determinism = expected["determinism"];
        if (!determinism["identical_in_5_runs"].AsBool())
        {
            check.That(training.Tokens.Count == expected["vocab"].Count, "expected.vocab", $"{expected["vocab"].Count} tokens", $"{training.Tokens.Count} tokens");
            var symbols = training.Merges.Select(static m => m.Result).DefaultIfEmpty(training.Tokens.Count).Min();
            training = train([.. expected["vocab"].AsStrings().Take(symbols).Select(static t => t!)]);
            var tokens = training.Tokens.ToHashSet(StringComparer.Ordinal);
            var missing = expected["tokens_in_all_runs"].AsStrings().Where(t => !tokens.Contains(t!)).ToList();
            check.That(missing.Count == 0, "expected.tokens_in_all_runs", "all of them", $"not among the tokens: {string.Join(' ', missing)}");
        }

        check.SameStrings(expected["vocab"], training.Tokens);
        if (expected.Find("merges") is { } merges)
        {
            var wanted = merges.Items.Select(static m => string.Join(' ', m.AsStrings())).ToList();
            var got = training.Merges.Select(m => $"{training.Tokens[m.Left]} {training.Tokens[m.Right]}").ToList();
            var at = wanted.Zip(got).TakeWhile(static p => p.First == p.Second).Count();
            check.That(at == wanted.Count && at == got.Count, $"expected.merges[{at}]", wanted.ElementAtOrDefault(at) ?? $"{wanted.Count} in all", got.ElementAtOrDefault(at) ?? $"{got.Count} in all");
        }

        determinism.Waive("how repeatable the reference is");
    }

    private static string? Json(GoldenCase @case, string key) => @case.Input.Find(key) is { Kind: JsonValueKind.Object } part ? part.Element.GetRawText() : null;
}
