using System.Globalization;
using System.Text;
using Tessera.Tokenizers.Training;

namespace Tessera.Golden;

/// <summary>
/// Less-is-Better: the lexicon after given documents and coins, its size after each of them, and sentences cut by it. <c>original</c> asks for a
/// coin after chunks of at most ten characters only; <c>clean_rule</c> after every one.
/// </summary>
internal sealed class LessIsBetterReader : IGoldenReader
{
    private const int EncodedLimit = 10, OriginalGuard = 10;

    public bool Covers(GoldenFile file, GoldenCase @case) => @case.Has("input") && @case.Input.Has("coins") && @case.Input.Has("order") && @case.Expected.Has("clean_rule");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var documents = @case.File.Root["documents"].Items.Select(static d => d.AsStrings().Select(static s => Encoding.UTF8.GetBytes(s!)).ToList()).ToList();
        var (order, coins) = (@case.Input["order"].AsInts(), @case.Input["coins"].AsString());
        var sentences = @case.Input["encode"].AsStrings();
        _ = @case.Input["documents"].AsString();
        var options = new LessIsBetterOptions { Alpha = @case.Input["alpha"].AsDouble() };
        Judge(@case.Expected["original"], OriginalGuard);
        Judge(@case.Expected["clean_rule"], int.MaxValue);
        @case.Expected.Find("transcription_equals_original_up_to_epoch")?.Waive("how the reference was checked");

        void Judge(GoldenValue expected, int mostBeforeCoin)
        {
            var asked = 0;
            var learner = new LessIsBetterLearner(documents[order[0]], options, () => coins[asked++ % coins.Length] == '1', mostBeforeCoin);
            for (var epoch = 0; epoch < order.Length; epoch++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                learner.Read(documents[order[epoch]]);
                check.Equal(expected["sizes_by_epoch"][epoch], learner.Lexicon.Count);
                if (expected.Find("lexicon_after_epoch")?.Find(epoch.ToString(CultureInfo.InvariantCulture)) is { } then) check.SameStrings(then, learner.Lexicon.ToTexts());
            }

            check.SameStrings(expected["lexicon"], learner.Lexicon.ToTexts());
            var lexicon = new LessIsBetterLexicon(learner.Lexicon.ToTexts());
            for (var i = 0; i < sentences.Length; i++)
            {
                var encoded = lexicon.Encode(sentences[i]!, EncodedLimit);
                check.SameStrings(expected["encoded_limit_10"][i], encoded);
                if (expected.Find("encoded_decomposed") is { } decomposed) check.SameStrings(decomposed[i], [.. encoded.SelectMany(chunk => lexicon.Decompose(chunk))]);
            }
        }
    }
}
