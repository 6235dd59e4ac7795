using System.Text.Json;
using Tessera.Tokenizers.Training;

namespace Tessera.Golden;

/// <summary>Merge training on a corpus, line by line: tokens by id, and merges.</summary>
internal sealed class BpeTrainingReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && @case.Input.Has("trainer") && @case.Input.Has("corpus") && @case.Expected.Has("vocab") && @case.Expected.Has("merges");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var options = OptionsOf(@case);
        TrainingCases.CompareMerges(@case.Expected, check, first =>
            new BpeTrainer(first is null ? options : options with { SpecialTokens = first, VocabularySize = Math.Max(options.VocabularySize, first.Length) })
                .Merges(TrainingCases.Lines(@case), null, cancellationToken));
    }

    private static BpeTrainerOptions OptionsOf(GoldenCase @case)
    {
        var trainer = @case.Input["trainer"];
        var alphabet = trainer.Find("initial_alphabet");
        return new BpeTrainerOptions
        {
            Pipeline = TrainingCases.Pipeline(@case),
            VocabularySize = TrainingCases.Number(trainer, "vocab_size") ?? 30_000,
            MinFrequency = TrainingCases.Number(trainer, "min_frequency") ?? 0,
            MaxTokenLength = TrainingCases.Number(trainer, "max_token_length"),
            LimitAlphabet = TrainingCases.Number(trainer, "limit_alphabet"),
            SpecialTokens = TrainingCases.Specials(trainer),
            InitialAlphabet = alphabet is null ? [] : alphabet.Kind == JsonValueKind.String ? null : [.. alphabet.AsStrings().Select(static s => s!)],
            ContinuingPrefix = TrainingCases.Text(trainer, "continuing_subword_prefix") ?? "",
            EndSuffix = TrainingCases.Text(trainer, "end_of_word_suffix") ?? "",
        };
    }
}
