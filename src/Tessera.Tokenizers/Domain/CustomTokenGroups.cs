namespace Tessera.Tokenizers.Domain;

/// <summary>Groups of hand-picked tokens that a vocabulary for a domain may get beside what it learns.</summary>
[Flags]
public enum CustomTokenGroups
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Runs of 2 to 8 blanks, tabs and line ends, and two mixed ones.</summary>
    Whitespace = 1,

    /// <summary>Marks of Markdown, and runs of 2 to 8 of <c>. - = _ * ~</c>.</summary>
    Markdown = 2,

    /// <summary>Beginnings and ends of HTML's tags, and openings of attributes, small and in capitals.</summary>
    Html = 4,

    /// <summary>Fragments of JSON.</summary>
    Json = 8,

    /// <summary>Fragments of XML.</summary>
    Xml = 16,

    /// <summary>The years 1776 to 2049.</summary>
    Years = 32,

    /// <summary>Enumerators in brackets: letters, 1 to 99, Roman numerals to nine.</summary>
    Enumerators = 64,

    /// <summary>Numbers from 10 to 999.</summary>
    Numbers = 128,

    /// <summary>All of them.</summary>
    All = 255,
}
