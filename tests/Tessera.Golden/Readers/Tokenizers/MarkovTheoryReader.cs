using Tessera.Tokenizers.Measures.Theory;

namespace Tessera.Golden;

/// <summary>Tokenization of switching sources: block entropies, exact limits of dictionaries, and the diagnostic on LZW's.</summary>
internal sealed class MarkovTheoryReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && (@case.Input.Has("switch_probability") || @case.Expected.Has("beta_hat"));

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var tolerance = new Tolerance(@case.File.Tolerance("all"));
        if (@case.Input.Has("r")) Blocks(@case, check, tolerance);
        else if (@case.Input.Has("dictionary")) Limit(@case, check, tolerance);
        else Lzw(@case, check, tolerance);
    }

    private static SwitchingSource Source(GoldenCase @case) => new(@case.Input["order"].AsInt(), @case.Input["switch_probability"].AsDouble());

    private static void Blocks(GoldenCase @case, GoldenCheck check, Tolerance tolerance)
    {
        var (source, expected) = (Source(@case), @case.Expected);
        foreach (var (length, loss) in @case.Input["r"].AsInts().Zip(expected["loss_bits_per_symbol"].Items)) check.Close(loss, source.BlockLoss(length), tolerance);
        check.Close(expected["entropy_rate_bits"], source.EntropyRate, tolerance);
        check.Close(expected["delta"], source.Delta, tolerance);
        check.Close(expected["memoryless_bits"], SwitchingSource.MemorylessLoss, tolerance);
    }

    private static void Limit(GoldenCase @case, GoldenCheck check, Tolerance tolerance)
    {
        var (source, expected) = (Source(@case), @case.Expected);
        var dictionary = new GreedyDictionary(@case.Input["dictionary"].AsStrings().Select(static s => s!));
        var limit = new GreedyLimit(dictionary, source);
        foreach (var (entry, probability) in expected["token_probability"].Properties) check.Close(probability, limit.Probabilities[dictionary.Entries.ToList().IndexOf(entry)], tolerance);
        check.Close(expected["tokens_per_symbol"], limit.TokensPerSymbol, tolerance);
        check.Close(expected["best_unigram_loss_bits_per_symbol"], limit.UnigramLoss, tolerance);
        check.Close(expected["entropy_rate_bits"], source.EntropyRate, tolerance);
    }

    private static void Lzw(GoldenCase @case, GoldenCheck check, Tolerance tolerance)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        var (train, test) = (input["train"].AsString(), input["test"].AsString());
        var dictionary = GreedyDictionary.Lzw(train, input["size"].AsInt());
        check.SameStrings(expected["dictionary"], [.. dictionary.Entries]);
        var (trained, _) = dictionary.Count(train);
        var (tested, unknown) = dictionary.Count(test);
        check.Equal(expected["train_tokens"], trained.Sum());
        check.Equal(expected["test_tokens"], tested.Sum() + unknown);
        var loss = UnigramLoss.Of(trained, tested, test.Length, unknown);
        check.Close(expected["unigram_loss_bits_per_character_add1"], loss.BitsPerCharacter, tolerance);
        check.Close(expected["characters_per_token"], loss.CharactersPerToken, tolerance);
        check.Equal(expected["unseen_test_tokens"], loss.UnseenTokens);
        var known = dictionary.Entries.ToHashSet(StringComparer.Ordinal);
        var missing = MissingSubstring.Find(test, known.Contains)!;
        check.Equal(expected["most_probable_missing_substring"], missing.Text);
        check.Close(expected["its_probability"], missing.Probability, tolerance);
        check.Close(expected["beta_hat"], missing.Exponent(dictionary.Entries.Count), tolerance);
    }
}
