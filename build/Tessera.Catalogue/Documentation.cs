using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using System.Xml;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;

namespace Tessera.Catalogue;

/// <summary>XML documentation as plain text.</summary>
internal static class Documentation
{
    /// <summary>A symbol's summary.</summary>
    public static string Summary(ISymbol symbol, CancellationToken cancellation) => Plain(Read(symbol, cancellation)?.Element("summary"));

    /// <summary>What is said of a constructor's parameter, there or, for a primary constructor, at its type.</summary>
    public static string Parameter(IMethodSymbol constructor, string name, CancellationToken cancellation)
    {
        var text = Plain(Find(constructor, name, cancellation));
        return text.Length > 0 ? text : Plain(Find(constructor.ContainingType, name, cancellation));
    }

    private static XElement? Find(ISymbol symbol, string name, CancellationToken cancellation) =>
        Read(symbol, cancellation)?.Elements("param").FirstOrDefault(p => (string?)p.Attribute("name") == name);

    private static XElement? Read(ISymbol symbol, CancellationToken cancellation)
    {
        var xml = symbol.GetDocumentationCommentXml(cancellationToken: cancellation);
        if (string.IsNullOrWhiteSpace(xml)) return null;
        try
        {
            return XElement.Parse(xml);
        }
        catch (XmlException) // the compiler reports it
        {
            return null;
        }
    }

    private static string Plain(XElement? element)
    {
        if (element is null) return "";
        var text = new StringBuilder();
        foreach (var node in element.DescendantNodes())
        {
            if (node is XText words) text.Append(words.Value);
            else if (node is XElement { IsEmpty: true } reference) text.Append(Named(reference));
        }

        return Regex.Replace(text.ToString(), @"\s+", " ").Trim();
    }

    // <see cref="T:Tessera.Thing`1"/> is Thing; <paramref name="x"/> is x; <see langword="null"/> is null.
    private static string Named(XElement reference)
    {
        var name = (string?)reference.Attribute("name") ?? (string?)reference.Attribute("langword") ?? (string?)reference.Attribute("cref") ?? "";
        name = name.Split('(', '`')[0];
        return name.Substring(name.LastIndexOfAny(['.', ':']) + 1);
    }
}
