using System.Globalization;

namespace Tessera.Tokenizers.Domain;

/// <summary>
/// The hand-picked tokens of KL3M's tokenizers (arXiv 2503.17247), as groups that a caller combines, with own terms beside them: statutes,
/// reporters, names.
/// </summary>
public static class CustomTokens
{
    private const int ShortestRun = 2, LongestRun = 8, FirstYear = 1776, LastYear = 2049;

    private static readonly string[] s_marks =
    [
        "##", "###", "####", "#####", "######", "**", "~~", "```", "![", "http://", "https://", "www.", "ftp://", "mailto:", "tel:", "://",
    ];

    private static readonly string[] s_tags =
    [
        "html", "head", "title", "meta", "link", "script", "style", "body", "div", "span", "h1", "h2", "h3", "h4", "ul", "ol", "li", "table", "thead", "tbody",
        "tfoot", "tr", "td", "row", "column", "form", "input", "button", "select", "option", "textarea", "label", "img", "svg", "iframe", "pre", "code",
    ];

    private static readonly string[] s_attributes = [" href=", " src=", " alt=", " title=", " class=", " id="];
    private static readonly string[] s_json = ["{\"", "\":", "\":\"", "\",\"", "\"}", "[\"", "\"]", "true", "false", "null"];
    private static readonly string[] s_xml = ["<?xml", "<xml", "</xml>", "<!--", "-->", "<![CDATA[", "]]>"];
    private static readonly string[] s_roman = ["ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"];

    /// <summary>Puts tokens together: those of one character left out, none twice, in order.</summary>
    /// <param name="groups">Which groups.</param>
    /// <param name="terms">Own terms; null for none.</param>
    /// <param name="lowercase">Whether the vocabulary is one of small letters, so that tokens are written in them.</param>
    public static IReadOnlyList<string> Build(CustomTokenGroups groups, IEnumerable<string>? terms = null, bool lowercase = false)
    {
        var tokens = Of(groups).Concat(terms ?? []).Select(t => lowercase ? t.ToLowerInvariant() : t);
        return [.. tokens.Where(static t => t.Length > 1).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>
    /// Tokens that fill a vocabulary up to the next power of two; none where its size is one. The paper's program doubles such a
    /// vocabulary, and fills with runs of blanks, which real text may hold; reserved names are the default here.
    /// </summary>
    /// <param name="size">The vocabulary's size, at least 1.</param>
    /// <param name="isTaken">Whether a token is in the vocabulary already.</param>
    /// <param name="whitespace">Whether to fill with runs of blanks and line ends, in turn, as the paper's program does.</param>
    public static IReadOnlyList<string> Fillers(int size, Func<string, bool> isTaken, bool whitespace = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentNullException.ThrowIfNull(isTaken);
        var missing = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)size) - size;
        var candidates = whitespace
            ? Enumerable.Range(ShortestRun, int.MaxValue - ShortestRun).SelectMany(static length => (IEnumerable<string>)[new string(' ', length), new string('\n', length)])
            : Enumerable.Range(0, int.MaxValue).Select(static i => string.Create(CultureInfo.InvariantCulture, $"<|reserved_{i}|>"));
        return [.. candidates.Where(c => !isTaken(c)).Take(missing)];
    }

    private static IEnumerable<string> Of(CustomTokenGroups groups)
    {
        bool Has(CustomTokenGroups group) => (groups & group) != 0;
        if (Has(CustomTokenGroups.Whitespace)) foreach (var token in Runs(" \t\r\n").Append("\r\n").Append("\t ")) yield return token;
        if (Has(CustomTokenGroups.Markdown)) foreach (var token in s_marks.Concat(Runs(".-=_*~"))) yield return token;
        if (Has(CustomTokenGroups.Html)) foreach (var token in Html()) yield return token;
        if (Has(CustomTokenGroups.Json)) foreach (var token in s_json) yield return token;
        if (Has(CustomTokenGroups.Xml)) foreach (var token in s_xml) yield return token;
        if (Has(CustomTokenGroups.Years)) foreach (var token in Numbers(FirstYear, LastYear)) yield return token;
        if (Has(CustomTokenGroups.Enumerators)) foreach (var token in Enumerators()) yield return token;
        if (Has(CustomTokenGroups.Numbers)) foreach (var token in Numbers(10, 999)) yield return token;
    }

    private static IEnumerable<string> Runs(string characters) =>
        characters.SelectMany(static c => Enumerable.Range(ShortestRun, LongestRun - ShortestRun + 1).Select(length => new string(c, length)));

    private static IEnumerable<string> Html() => s_tags.SelectMany(static t => (IEnumerable<string>)["<" + t, "<" + t.ToUpperInvariant(), $"</{t}>"])
        .Concat(s_attributes.SelectMany(static a => (IEnumerable<string>)[a, a.ToUpperInvariant()]));

    private static IEnumerable<string> Enumerators()
    {
        var letters = Enumerable.Range('a', 26).Concat(Enumerable.Range('A', 26)).Select(static c => ((char)c).ToString());
        return letters.Concat(Numbers(1, 99)).Concat(s_roman).Concat(s_roman.Select(static r => r.ToUpperInvariant())).Select(static e => $"({e})");
    }

    private static IEnumerable<string> Numbers(int first, int last) => Enumerable.Range(first, last - first + 1).Select(static n => n.ToString(CultureInfo.InvariantCulture));
}
