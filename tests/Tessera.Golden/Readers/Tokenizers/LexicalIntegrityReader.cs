using Tessera.Tokenizers.Measures;
using Tessera.Tokenizers.Measures.Lexical;

namespace Tessera.Golden;

/// <summary>Shares of tokens that are words or morphemes, and correlations of columns.</summary>
internal sealed class LexicalIntegrityReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && (@case.Input.Has("decoded_tokens") && file.Root.Has("morphemes") || @case.Expected.Has("rows_of_permutation_test"));

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var tolerance = new Tolerance(@case.File.Tolerance("all"));
        if (@case.Input.Has("decoded_tokens")) Shares(@case, check, tolerance);
        else Correlations(@case, check, tolerance);
    }

    private static void Shares(GoldenCase @case, GoldenCheck check, Tolerance tolerance)
    {
        var (root, expected) = (@case.File.Root, @case.Expected);
        var lexicon = new Lexicon(root["words"].AsStrings().Select(static s => s!), root["morphemes"].AsStrings().Select(static s => s!), LetterCasing.Turkish);
        var tokens = @case.Input["decoded_tokens"].AsStrings();
        var shares = new LexicalIntegrity(lexicon).Measure(tokens.Select(static t => (t, 1L)));
        var unique = expected["unique"].AsStrings();
        check.That(unique.Length == shares.Types, "expected.unique", $"{unique.Length}", $"{shares.Types}");
        check.Close(expected["TR_type"], shares.TypeWords, tolerance);
        check.Close(expected["Pure_type"], shares.TypePure, tolerance);
        check.Close(expected["TR_token"], shares.TokenWords, tolerance);
        check.Close(expected["Pure_token"], shares.TokenPure, tolerance);
        foreach (var (token, answer) in expected["is_turkish"].Properties) check.Equal(answer, lexicon.IsWord(token));
        foreach (var (token, answer) in expected["is_pure"].Properties) check.Equal(answer, lexicon.IsPure(token));
    }

    private static void Correlations(GoldenCase @case, GoldenCheck check, Tolerance tolerance)
    {
        var (words, pure, score) = (@case.Input["TR"].AsDoubles(), @case.Input["Pure"].AsDoubles(), @case.Input["MMLU"].AsDoubles());
        var expected = @case.Expected;
        check.Close(expected["pearson_TR"], Correlation.Pearson(words, score)!.Value, tolerance);
        check.Close(expected["pearson_Pure"], Correlation.Pearson(pure, score)!.Value, tolerance);
        check.Close(expected["spearman_TR"], Correlation.Spearman(words, score)!.Value, tolerance);
        check.Close(expected["spearman_Pure"], Correlation.Spearman(pure, score)!.Value, tolerance);
        var rows = expected["rows_of_permutation_test"].AsInt();
        check.Close(expected["exact_permutation_p_pearson_TR_first_rows"], Correlation.PermutationTest(words[..rows], score[..rows])!.Value, tolerance);
    }
}
