using System.Text;
using Tessera.Tokenizers.Training;

namespace Tessera.Golden;

/// <summary>Merge training on words cut at given morphemes, and on whole ones: tokens, merges, and how both cut the words.</summary>
internal sealed class MorphemeTrainingReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) => @case.Has("expected") && @case.Expected.Has("with_boundaries");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        foreach (var (key, cut) in (ReadOnlySpan<(string, bool)>)[("with_boundaries", true), ("plain", false)])
        {
            var words = @case.Input["words"].Properties.ToDictionary(static w => w.Key, w => (Parts: cut ? w.Value["morphemes"].AsStrings().Select(static s => s!).ToArray() : [w.Key], Count: w.Value["count"].AsLong()));
            var counter = new WordCounter();
            foreach (var (parts, count) in words.Values)
            {
                foreach (var part in parts) counter.Add(Encoding.UTF8.GetBytes(part), count);
            }

            var training = new MergeTraining(counter, new MergeSettings { VocabularySize = @case.Input["vocab_size"].AsInt(), SpecialTokens = [@case.Input["special"].AsString()] });
            training.Run(null, cancellationToken);
            var expected = @case.Expected[key];
            string[][] merges = [.. training.Merges.Select(m => (string[])[training.Tokens[m.Left], training.Tokens[m.Right]])];
            check.SameStrings(expected["vocab"], training.Tokens);
            check.That(merges.Length == expected["merges"].Count, expected["merges"].Path, $"{expected["merges"].Count} merges", $"{merges.Length} merges");
            foreach (var (wanted, got) in expected["merges"].Items.Zip(merges)) check.SameStrings(wanted, got);
            foreach (var (word, segmentation) in expected["segmentation"].Properties) check.SameStrings(segmentation, [.. words[word].Parts.SelectMany(p => Merge(p, merges))]);
        }
    }

    /// <summary>The merges, the first one first, on the characters of a word.</summary>
    private static List<string> Merge(string word, string[][] merges)
    {
        List<string> parts = [.. word.Select(static c => c.ToString())];
        foreach (var merge in merges)
        {
            for (var i = 0; i + 1 < parts.Count; i++)
            {
                if (parts[i] != merge[0] || parts[i + 1] != merge[1]) continue;
                parts[i] += parts[i + 1];
                parts.RemoveAt(i + 1);
            }
        }

        return parts;
    }
}
