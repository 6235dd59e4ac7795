using Tessera.Tokenizers.Training;

namespace Tessera.Golden;

/// <summary>The training of vocabularies without merges, WordPiece and whole words: tokens by id.</summary>
internal sealed class WordTrainingReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && @case.Input.Has("trainer") && @case.Input.Has("corpus") && @case.Expected.Has("vocab")
        && !@case.Expected.Has("merges") && !@case.Expected.Has("unk_id");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var trainer = @case.Input["trainer"];
        var specials = TrainingCases.Specials(trainer);
        var (pipeline, size, frequency) = (TrainingCases.Pipeline(@case), TrainingCases.Number(trainer, "vocab_size") ?? 30_000, TrainingCases.Number(trainer, "min_frequency") ?? 0);
        // The kinds are told apart by their results only: the tokens of a WordPiece carry its prefix.
        var prefix = TrainingCases.Text(trainer, "continuing_subword_prefix") ?? "##";
        var unknown = specials.Length > 0 ? specials[0] : null;
        if (!@case.Expected["vocab"].Items.Any(t => t.Element.GetString()!.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var options = new WordLevelTrainerOptions { Pipeline = pipeline, VocabularySize = size, MinFrequency = frequency, SpecialTokens = specials, Unknown = unknown };
            check.SameStrings(@case.Expected["vocab"], new WordLevelTrainer(options).Tokens(TrainingCases.Lines(@case), null, cancellationToken));
            @case.Expected["determinism"].Waive("how repeatable the reference is");
            return;
        }

        TrainingCases.CompareMerges(@case.Expected, check, first => new WordPieceTrainer(new WordPieceTrainerOptions
        {
            Pipeline = pipeline, VocabularySize = Math.Max(size, first?.Length ?? 0), MinFrequency = frequency, SpecialTokens = first ?? specials, Unknown = unknown, Padding = null,
            LimitAlphabet = TrainingCases.Number(trainer, "limit_alphabet"), ContinuingPrefix = prefix,
        }).Merges(TrainingCases.Lines(@case), null, cancellationToken));
    }
}
