namespace Tessera.Laboratory;

/// <summary>Texts for experiments with tokenizers: the beginning of each to train on, its end to measure on.</summary>
internal static class TokenizerTexts
{
    private const double TrainingShare = 0.8;

    /// <summary>Splits texts.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="most">The most characters to train on; the texts behind are left out.</param>
    /// <exception cref="ArgumentException">There is less than a tenth of that.</exception>
    public static (List<string> Training, List<string> Test) Split(IEnumerable<ReproductionText> texts, int most)
    {
        var (training, test, characters) = (new List<string>(), new List<string>(), 0);
        foreach (var text in texts)
        {
            if (characters >= most) break;
            var cut = (int)Math.Min(TrainingShare * text.Text.Length, most - characters);
            cut = text.Text.LastIndexOf('\n', Math.Max(0, cut - 1)) is > 0 and var line ? line + 1 : cut; // at the end of a line, where there is one
            var end = Math.Min(text.Text.Length, cut + (int)(cut / TrainingShare * (1 - TrainingShare)) + 1);
            training.Add(text.Text[..cut]);
            test.Add(text.Text[cut..end]);
            characters += cut;
        }

        return characters >= most / 10 ? (training, test) : throw new ArgumentException($"Texts of at least {most / 10:N0} characters are needed; there are {characters:N0} to train on. Name files or folders with --texts.");
    }
}
