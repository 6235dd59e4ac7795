using System.Globalization;

namespace Tessera.Tokenizers.Measures.Lexical;

/// <summary>How a hunspell file writes flags: one character each, two, or numbers; as they are, or as the number of a list.</summary>
internal sealed class HunspellFlags(string file)
{
    private readonly List<string> _lists = [];
    private string _form = "char";

    /// <summary>The flag of stems that are no words by themselves; empty for none.</summary>
    public string NeedAffix { get; private set; } = "";

    /// <summary>The flag of stems that are no words at all; empty for none.</summary>
    public string Forbidden { get; private set; } = "";

    /// <summary>Takes a line of the .aff file where it is about flags.</summary>
    /// <returns>Whether it was.</returns>
    public bool Read(string[] parts, int line)
    {
        switch (parts[0])
        {
            case "FLAG":
                _form = parts[1].ToLowerInvariant();
                if (_form is not ("char" or "utf-8" or "long" or "num")) throw new UnsupportedFeatureException(file, $"flags of the form {parts[1]} (line {line})");
                return true;
            case "AF":
                _lists.Add(parts[1]);
                return true;
            case "NEEDAFFIX" or "PSEUDOROOT":
                NeedAffix = parts[1];
                return true;
            case "FORBIDDENWORD":
                Forbidden = parts[1];
                return true;
            default:
                return false;
        }
    }

    /// <summary>The flags behind a stem's slash.</summary>
    public IEnumerable<string> Split(string text, string name, int line)
    {
        // The first AF line tells how many follow, so that number n of the list stands at place n.
        if (_lists.Count > 0 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var list))
            text = list > 0 && list < _lists.Count ? _lists[list] : throw new MalformedInputException(name, $"line {line}", $"there is no list of flags {list}");
        if (_form == "num") return text.Split(',', StringSplitOptions.RemoveEmptyEntries);
        if (_form == "long")
        {
            if (text.Length % 2 != 0) throw new MalformedInputException(name, $"line {line}", $"flags of two characters are expected, not {text}");
            return Enumerable.Range(0, text.Length / 2).Select(i => text.Substring(2 * i, 2));
        }

        return text.EnumerateRunes().Select(static r => r.ToString());
    }
}
