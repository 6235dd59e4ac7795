using System.Text;

namespace Tessera.Tokenizers.Measures;

/// <summary>
/// How steady cuts are where a text is corrupted as scanners and typists do it: the share of the clean text's boundaries between tokens that
/// are boundaries at the same place of the corrupted text. Short tokens keep more of them (KL3M, arXiv 2503.17247, shows examples; the
/// measure is this library's).
/// </summary>
public static class BoundaryStability
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>Measures a tokenizer.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="texts">Clean texts.</param>
    /// <param name="rate">The share of characters that are changed, above 0 and at most 1.</param>
    /// <param name="seed">Names the random numbers.</param>
    /// <param name="cancellationToken">Seen between texts.</param>
    /// <returns>The share, from 0 to 1; NaN where the clean texts have no boundary.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is out of range.</exception>
    public static double Measure(Tokenizer tokenizer, IEnumerable<string> texts, double rate, ulong seed = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(texts);
        if (!(rate > 0 && rate <= 1)) throw new ArgumentOutOfRangeException(nameof(rate), rate, "A rate is above 0 and at most 1.");
        long kept = 0, all = 0;
        uint number = 0;
        foreach (var text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (corrupted, places) = Corrupt(text, rate, seed, unchecked(number++));
            var clean = Boundaries(tokenizer, text);
            var noisy = Boundaries(tokenizer, corrupted);
            all += clean.Count;
            kept += clean.Count(b => places[b] >= 0 && noisy.Contains(places[b]));
        }

        return all == 0 ? double.NaN : kept / (double)all;
    }

    /// <summary>Changes characters at random: in equal parts another letter or digit in its place, nothing in its place, or one more behind it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="rate">The share of characters that are changed, from 0 to 1.</param>
    /// <param name="seed">Names the random numbers.</param>
    /// <param name="number">Tells texts of one seed apart.</param>
    /// <returns>The corrupted text, and for each place of the text (its end included) the same place in it; −1 where it was cut away.</returns>
    public static (string Text, int[] Places) Corrupt(string text, double rate, ulong seed = 0, uint number = 0)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!(rate >= 0 && rate <= 1)) throw new ArgumentOutOfRangeException(nameof(rate), rate, "A rate is from 0 to 1.");
        var result = new StringBuilder(text.Length + text.Length / 8);
        var places = new int[text.Length + 1];
        for (var i = 0; i < text.Length; i++)
        {
            places[i] = result.Length;
            var key = new RandomKey(seed, number, (uint)i, RandomPurpose.Tokenize);
            if (char.IsSurrogate(text[i]) || key.Uniform() >= rate)
            {
                result.Append(text[i]);
                continue;
            }

            var letter = Letters[key.Below(Letters.Length, 2)];
            switch (key.Below(3, 1))
            {
                case 0:
                    result.Append(letter);
                    break;
                case 1:
                    if (i > 0) places[i] = -1; // what stands before and behind it are neighbours now: one place for two
                    break;
                default:
                    result.Append(text[i]).Append(letter);
                    break;
            }
        }

        places[^1] = result.Length;
        return (result.ToString(), places);
    }

    /// <summary>Where one token ends and another begins, without the ends of the text.</summary>
    private static HashSet<int> Boundaries(Tokenizer tokenizer, string text)
    {
        var boundaries = new HashSet<int>();
        foreach (var token in tokenizer.EncodeToTokens(text, EncodeOptions.PlainText))
        {
            if (token.Offset.Start.Value > 0) boundaries.Add(token.Offset.Start.Value);
        }

        return boundaries;
    }
}
