using System.Text.Json;
using Tessera.Tokenizers.SentencePiece;
using Tessera.Tokenizers.Training;

namespace Tessera.Golden;

/// <summary>
/// The training of SentencePiece models on a corpus, line by line without line ends: pieces, scores and types in the order of their ids. The
/// original estimates unigram models in single precision, and the rounding orders pieces of equal scores; there each piece is compared with its namesake.
/// </summary>
internal sealed class SentencePieceTrainingReader : IGoldenReader
{
    // Of logarithms of probabilities that were summed over long texts in single precision; the file asks for 1e-4.
    private static readonly Tolerance s_unigramScores = Tolerance.AbsoluteOrRelative(1e-4);

    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && @case.Input.Has("trainer") && @case.Input.Has("corpus") && @case.Expected.Has("pieces");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var options = OptionsOf(@case.Input["trainer"]);
        var lines = TrainingTexts.Lines(File.OpenRead(@case.Input["corpus"].AsFilePath()), keepLineEnds: false);
        var model = new SentencePieceTrainer(options).TrainModel(lines, null, cancellationToken);
        // What is judged is what the model file says.
        var read = SentencePieceTokenizer.Read(model.ToModelFile());
        var expected = @case.Expected["pieces"].Items.Select(static p => (Text: p[0].AsString(), Score: p[1].AsDouble(), Type: p[2].AsInt())).ToList();
        var pieces = model.Pieces.ToList();
        check.That(read.VocabularySize == expected.Count && pieces.Count == expected.Count, "expected.pieces", $"{expected.Count} pieces", $"{pieces.Count} pieces, {read.VocabularySize} in the file");
        if (options.Algorithm == SentencePieceAlgorithm.Unigram)
        {
            var own = pieces.ToDictionary(static p => p.Text, StringComparer.Ordinal);
            foreach (var piece in expected)
            {
                var same = own.TryGetValue(piece.Text, out var found) && found.Type == piece.Type && Math.Abs(found.Score - piece.Score) <= s_unigramScores.Allowed(piece.Score, 0);
                check.That(same, "expected.pieces", $"{piece}", found.Text is null ? "no such piece" : $"{found}");
            }

            var normal = pieces.Where(static p => p.Type == (int)PieceType.Normal).ToList();
            check.That(normal.Zip(normal.Skip(1)).All(static p => p.First.Score >= p.Second.Score) && pieces.Select(static p => p.Text).SequenceEqual(Enumerable.Range(0, read.VocabularySize).Select(read.IdToPiece)),
                "expected.pieces", "ids in the order of scores", "another order");
        }
        else
        {
            for (var id = 0; id < Math.Min(pieces.Count, expected.Count); id++)
            {
                var same = read.IdToPiece(id) == expected[id].Text && pieces[id].Text == expected[id].Text && pieces[id].Type == expected[id].Type && Math.Abs(pieces[id].Score - expected[id].Score) <= 1e-5;
                check.That(same, $"expected.pieces[{id}]", $"{expected[id]}", $"{pieces[id]}");
            }
        }

        @case.Expected.Find("determinism")?.Waive("how repeatable the reference is");
    }

    private static SentencePieceTrainerOptions OptionsOf(GoldenValue trainer)
    {
        var defaults = new SentencePieceTrainerOptions();
        bool Flag(string key, bool otherwise) => trainer.Find(key) is { Kind: JsonValueKind.True or JsonValueKind.False } value ? value.AsBool() : otherwise;
        _ = Flag("hard_vocab_limit", true); // fewer pieces than wanted are no error here
        return new SentencePieceTrainerOptions
        {
            Algorithm = TrainingCases.Text(trainer, "model_type") switch
            {
                "bpe" => SentencePieceAlgorithm.Bpe,
                "word" => SentencePieceAlgorithm.Word,
                "char" => SentencePieceAlgorithm.Character,
                _ => SentencePieceAlgorithm.Unigram,
            },
            VocabularySize = TrainingCases.Number(trainer, "vocab_size") ?? defaults.VocabularySize,
            CharacterCoverage = trainer.Find("character_coverage")?.AsDouble() ?? defaults.CharacterCoverage,
            MaxPieceLength = TrainingCases.Number(trainer, "max_sentencepiece_length") ?? defaults.MaxPieceLength,
            Normalization = TrainingCases.Text(trainer, "normalization_rule_name") switch
            {
                null or "nmt_nfkc" => SentencePieceNormalization.NmtNfkc,
                "nfkc" => SentencePieceNormalization.Nfkc,
                "identity" => SentencePieceNormalization.Identity,
                var name => throw new NotCoveredException($"the normalisation {name}"),
            },
            SplitByWhitespace = Flag("split_by_whitespace", true),
            SplitByScript = Flag("split_by_unicode_script", true),
            SplitByNumber = Flag("split_by_number", true),
            SplitDigits = Flag("split_digits", false),
            ByteFallback = Flag("byte_fallback", false),
        };
    }
}
