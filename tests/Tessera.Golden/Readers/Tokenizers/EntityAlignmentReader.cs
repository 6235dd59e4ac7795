using Tessera.Evaluation.Metrics;

namespace Tessera.Golden;

/// <summary>Tags of characters to tags of tokens and back, with the original's quirk at unknown tokens.</summary>
internal sealed class EntityAlignmentReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) => @case.Has("input") && @case.Input.Has("tokens_by_word") && @case.Input.Has("sentence");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var input = @case.Input;
        IReadOnlyList<string>[] words = [.. input["tokens_by_word"].Items.Select(static w => (IReadOnlyList<string>)[.. w.AsStrings().Select(static s => s!)])];
        int[] lengths = [.. input["sentence"].AsString().Split(' ').Select(static w => w.EnumerateRunes().Count())];
        if (input.Find("character_labels") is { } labels)
        {
            check.SameStrings(@case.Expected["token_labels"], [.. EntityTags.TokenTags([.. labels.AsStrings().Select(static s => s!)], words, lengths)]);
            return;
        }

        // First and last belong to the tokens around the sentence.
        string[] tags = [.. input["token_predictions"].AsStrings().Select(static s => s!)];
        var inner = tags[1..^1];
        var expected = @case.Expected["character_predictions"];
        check.SameStrings(expected, [tags[0], .. EntityTags.CharacterTags(inner, words, lengths, compatible: true), tags[^1]]);
        if (!@case.Value["contains_unk"].AsBool()) check.SameStrings(expected, [tags[0], .. EntityTags.CharacterTags(inner, words, lengths), tags[^1]]);
    }
}
