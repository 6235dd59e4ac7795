using Tessera.Tokenizers.Training;

namespace Tessera.Golden;

/// <summary>The training of a unigram model: the set of pieces, and the scores of those that the reference does not place at random.</summary>
internal sealed class UnigramTrainingReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && @case.Input.Has("trainer") && @case.Input.Has("corpus") && @case.Expected.Has("vocab") && @case.Expected.Has("unk_id");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (trainer, expected) = (@case.Input["trainer"], @case.Expected);
        var defaults = new UnigramTrainerOptions();
        var options = new UnigramTrainerOptions
        {
            Pipeline = TrainingCases.Pipeline(@case),
            VocabularySize = TrainingCases.Number(trainer, "vocab_size") ?? defaults.VocabularySize,
            SpecialTokens = TrainingCases.Specials(trainer),
            Unknown = TrainingCases.Text(trainer, "unk_token"),
            MaxPieceLength = TrainingCases.Number(trainer, "max_piece_length") ?? defaults.MaxPieceLength,
            ShrinkingFactor = trainer.Find("shrinking_factor")?.AsDouble() ?? defaults.ShrinkingFactor,
            SubIterations = TrainingCases.Number(trainer, "n_sub_iterations") ?? defaults.SubIterations,
            InitialAlphabet = trainer.Find("initial_alphabet") is { } alphabet ? [.. alphabet.AsStrings().Select(static s => s!)] : [],
        };
        var pieces = new UnigramTrainer(options).Pieces(TrainingCases.Lines(@case), null, cancellationToken);
        check.Equal(expected["unk_id"], options.SpecialTokens.ToList().IndexOf(options.Unknown!));
        check.That(pieces.Count == expected["vocab"].Count, "expected.vocab", $"{expected["vocab"].Count} pieces", $"{pieces.Count} pieces");

        // The reference draws the scores of characters too rare to be estimated: they lie in steps of 0.0001 above the lowest score, in any order.
        var random = 0.0001 * pieces.Count(static p => IsCharacter(p.Text));
        var scores = pieces.ToDictionary(static p => p.Text, static p => p.Score, StringComparer.Ordinal);
        var lowest = pieces.Where(p => !options.SpecialTokens.Contains(p.Text)).Min(static p => p.Score);
        foreach (var item in expected["vocab"].Items)
        {
            var (text, score) = (item[0].AsString(), item[1].AsDouble());
            if (!scores.TryGetValue(text, out var got))
            {
                check.That(false, item.Path, text, "no such piece");
                continue;
            }

            var isRare = score <= lowest + random + 1e-9 && IsCharacter(text);
            check.That(Math.Abs(got - score) <= (isRare ? random + 1e-9 : 1e-6 * Math.Abs(score)), text, $"{score:R}", $"{got:R}");
        }

        expected["determinism"].Waive("how repeatable the reference is");
    }

    private static bool IsCharacter(string text) => text.EnumerateRunes().Count() == 1;
}
