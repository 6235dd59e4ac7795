using System.Globalization;

namespace Tessera.Tokenizers.Domain;

/// <summary>A term of a domain: a drug, a disease, a part, a statute.</summary>
/// <param name="Text">The term, of one or several words.</param>
/// <param name="Type">What it is.</param>
/// <param name="Weight">How often it counts. Default 1.</param>
public sealed record DomainTerm(string Text, string Type, long Weight = 1)
{
    /// <summary>Reads terms: a line each, with the term, its type and perhaps its weight divided by tabs. Empty lines and those that begin with # are passed over.</summary>
    /// <param name="reader">The text.</param>
    /// <param name="name">What errors call the file.</param>
    /// <param name="limits">Bounds on the number of terms; null for the defaults.</param>
    /// <exception cref="MalformedInputException">A line has no term, no type, or a weight that is no whole number from 1.</exception>
    /// <exception cref="ResourceLimitException">There are more terms than a vocabulary may have entries.</exception>
    public static IReadOnlyList<DomainTerm> Read(TextReader reader, string name = "terms", InputLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var most = (limits ?? InputLimits.Default).MaxVocabulary;
        var (terms, number) = (new List<DomainTerm>(), 0);
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line) || line[0] == '#') continue;
            var columns = line.Split('\t', StringSplitOptions.TrimEntries);
            if (columns.Length < 2 || columns[0].Length == 0 || columns[1].Length == 0) throw new MalformedInputException(name, $"line {number}", "a term and its type are expected, with a tab between them");
            long weight = 1;
            if (columns.Length > 2 && columns[2].Length > 0 && !(long.TryParse(columns[2], NumberStyles.None, CultureInfo.InvariantCulture, out weight) && weight >= 1))
                throw new MalformedInputException(name, $"line {number}", $"the weight '{columns[2]}' is no whole number from 1");
            if (terms.Count >= most) throw new ResourceLimitException($"terms of {name}", number, most);
            terms.Add(new DomainTerm(columns[0], columns[1], weight));
        }

        return terms;
    }
}
