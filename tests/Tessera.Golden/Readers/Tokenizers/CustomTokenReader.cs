using System.Text;
using Tessera.Tokenizers.Domain;

namespace Tessera.Golden;

/// <summary>KL3M's groups of custom tokens: lists, counts and hashes.</summary>
internal sealed class CustomTokenReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) => @case.Has("input") && @case.Input.Has("group") && @case.Input.Has("lowercase");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var expected = @case.Expected;
        var tokens = CustomTokens.Build(Groups(@case.Input["group"].AsString()), null, @case.Input["lowercase"].AsBool());
        check.Equal(expected["count"], tokens.Count);
        if (expected.Find("tokens") is { } list && !list.IsNull) check.SameStrings(list, [.. tokens]);
        if (expected.Find("first") is { } first) check.SameStrings(first, [.. tokens.Take(first.Count)]);
        if (expected.Find("last") is { } last) check.SameStrings(last, [.. tokens.TakeLast(last.Count)]);
        check.Equal(expected["sha256"], TokenizerFiles.Hash(Encoding.UTF8.GetBytes(string.Join('\n', tokens)), 64));
    }

    private static CustomTokenGroups Groups(string name) => name switch
    {
        "include_whitespace" => CustomTokenGroups.Whitespace,
        "include_markdown" => CustomTokenGroups.Markdown,
        "include_html" => CustomTokenGroups.Html,
        "include_json" => CustomTokenGroups.Json,
        "include_xml" => CustomTokenGroups.Xml,
        "include_years" => CustomTokenGroups.Years,
        "include_citations" => CustomTokenGroups.Enumerators | CustomTokenGroups.Numbers,
        _ => CustomTokenGroups.All,
    };
}
