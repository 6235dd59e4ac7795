using Tessera.Tokenizers;

namespace Tessera.Golden;

/// <summary>Compares an encoding with what a case has recorded of it, every list that is there.</summary>
internal static class EncodingChecks
{
    /// <summary>Compares all lists; "overflowing" too.</summary>
    public static void Compare(GoldenValue expected, TokenEncoding actual, GoldenCheck check)
    {
        check.SameIds(expected["ids"], actual.Ids);
        if (expected.Find("tokens") is { } tokens) check.SameStrings(tokens, actual.Tokens);
        if (expected.Find("offsets") is { } offsets) SameOffsets(offsets, actual.Offsets, check);
        if (expected.Find("type_ids") is { } types) check.SameIds(types, actual.TypeIds);
        if (expected.Find("special_tokens_mask") is { } special) check.SameIds(special, actual.SpecialTokensMask);
        if (expected.Find("attention_mask") is { } attention) check.SameIds(attention, actual.AttentionMask);
        if (expected.Find("word_ids") is { } words) SameOrNull(words, actual.WordIds, check);
        if (expected.Find("sequence_ids") is { } sequences) SameOrNull(sequences, actual.SequenceIds, check);
        if (expected.Find("overflowing") is not { } overflowing) return;
        var windows = overflowing.Items.ToList();
        check.That(windows.Count == actual.Overflowing.Count, overflowing.Path, $"{windows.Count} windows", $"{actual.Overflowing.Count} windows");
        for (var i = 0; i < Math.Min(windows.Count, actual.Overflowing.Count); i++) Compare(windows[i], actual.Overflowing[i], check);
    }

    /// <summary>Compares offsets.</summary>
    public static void SameOffsets(GoldenValue expected, (int Start, int End)[] actual, GoldenCheck check)
    {
        var rows = expected.AsIntRows();
        var at = 0;
        while (at < rows.Length && at < actual.Length && rows[at][0] == actual[at].Start && rows[at][1] == actual[at].End) at++;
        check.That(
            at == rows.Length && at == actual.Length,
            $"{expected.Path}[{at}]",
            at < rows.Length ? $"[{rows[at][0]}, {rows[at][1]}] ({rows.Length} in all)" : $"{rows.Length} in all",
            at < actual.Length ? $"[{actual[at].Start}, {actual[at].End}] ({actual.Length} in all)" : $"{actual.Length} in all");
    }

    /// <summary>Compares whole numbers of which some are null.</summary>
    public static void SameOrNull(GoldenValue expected, int?[] actual, GoldenCheck check)
    {
        var values = expected.Items.Select(static v => v.IsNull ? (int?)null : v.AsInt()).ToArray();
        check.That(values.AsSpan().SequenceEqual(actual), expected.Path, Show(values), Show(actual));
    }

    private static string Show(int?[] values) => string.Join(" ", values.Take(64).Select(static v => v?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "null"));
}
