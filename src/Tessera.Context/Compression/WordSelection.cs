namespace Tessera.Context.Compression;

/// <summary>Which words of a chunk stay: those above a percentile of the words' probabilities, in which each word has a vote for each of its tokens.</summary>
internal static class WordSelection
{
    /// <summary>Decides over a chunk.</summary>
    /// <param name="words">Its words; their <see cref="PromptWord.Kept"/> is set.</param>
    /// <param name="reduce">The share of tokens to drop, above 0 and below 1.</param>
    /// <param name="options">The options.</param>
    /// <param name="thresholds">Takes the percentiles.</param>
    public static void Select(List<PromptWord> words, double reduce, LlmLingua2Options options, List<CompressionThreshold> thresholds)
    {
        if (words.Count == 0) return;
        if (options.DropConsecutive) DropRepeats(words, reduce, options, thresholds);
        var mode = options.WordProbability;
        var votes = new List<double>();
        foreach (var word in words)
        {
            for (var i = 0; i < word.Weight; i++) votes.Add(word.Probability(mode));
        }

        if (votes.Count == 0) // words of no tokens, such as a line end by itself: only what is forced stays
        {
            foreach (var word in words) word.Kept = word.Probability(mode) == 1;
            return;
        }

        // The order of operations is the package's: at rate 0.93 the percentile is 7, since 100 · (1 − 0.93) + 1 is 7.99…
        var threshold = CompressionThreshold.Of(votes, (int)(100 * reduce + 1), IsSingle(words, options));
        thresholds.Add(threshold);
        string? last = null;
        foreach (var word in words)
        {
            var probability = word.Probability(mode);
            word.Kept = (probability > threshold.Value || threshold.Value == 1 && probability == 1)
                && !(options.DropConsecutive && word.IsForced && last == word.Text);
            if (word.Kept) last = word.Text;
        }
    }

    // A forced text that repeats with nothing between that looks worth keeping.
    private static void DropRepeats(List<PromptWord> words, double reduce, LlmLingua2Options options, List<CompressionThreshold> thresholds)
    {
        var mode = options.WordProbability;
        var threshold = CompressionThreshold.Of([.. words.Select(w => w.Probability(mode))], (int)(100 * reduce), IsSingle(words, options));
        thresholds.Add(threshold);
        var between = false;
        string? previous = null;
        foreach (var word in words)
        {
            if (!word.IsForced)
            {
                between |= word.Probability(mode) > threshold.Value;
                continue;
            }

            if (between) between = false;
            else if (word.Text == previous) word.Set(0);
            previous = word.Text;
        }
    }

    // The package computes in single precision as long as the encoder alone has spoken.
    private static bool IsSingle(List<PromptWord> words, LlmLingua2Options options) =>
        options.Official && !words.Exists(w => w.IsSet(options.WordProbability));
}
