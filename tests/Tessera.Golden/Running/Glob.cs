using System.Text;
using System.Text.RegularExpressions;

namespace Tessera.Golden;

/// <summary>
/// A pattern over paths and cases: <c>*</c> stands for anything within a path segment, <c>**</c> for anything, <c>?</c> for one character.
/// It matches a file by its path or by a folder above it, and a case by <c>path::name</c>; behind <c>::</c> a star stands for anything.
/// </summary>
public sealed class Glob
{
    private readonly Regex _regex;
    private readonly bool _namesCases;

    /// <summary>Reads a pattern.</summary>
    public Glob(string pattern)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(pattern);
        Pattern = pattern;
        var split = pattern.IndexOf("::", StringComparison.Ordinal);
        _namesCases = split >= 0;
        var regex = new StringBuilder("^");
        for (var i = 0; i < pattern.Length; i++)
        {
            var inName = _namesCases && i > split;
            switch (pattern[i])
            {
                case '*' when i + 1 < pattern.Length && pattern[i + 1] == '*':
                    i++;
                    if (!inName && i + 1 < pattern.Length && pattern[i + 1] == '/')
                    {
                        i++;
                        regex.Append("(?:.*/)?"); // "**/x" matches "x" as well
                    }
                    else
                    {
                        regex.Append(".*");
                    }

                    break;
                case '*':
                    regex.Append(inName ? ".*" : "[^/]*");
                    break;
                case '?':
                    regex.Append(inName ? "." : "[^/]");
                    break;
                default:
                    regex.Append(Regex.Escape(pattern[i].ToString()));
                    break;
            }
        }

        regex.Append(_namesCases ? "$" : "(?:/.*)?$");
        _regex = new Regex(regex.ToString(), RegexOptions.Singleline | RegexOptions.CultureInvariant);
    }

    /// <summary>The text of the pattern.</summary>
    public string Pattern { get; }

    /// <summary>Whether a file, or any file in it if it is a folder, is meant. Patterns that name cases match no file.</summary>
    public bool MatchesPath(string relativePath) => !_namesCases && _regex.IsMatch(relativePath);

    /// <summary>Whether a case is meant, by its file or by itself.</summary>
    public bool Matches(GoldenCase @case) => _namesCases ? _regex.IsMatch(@case.Id) : _regex.IsMatch(@case.File.RelativePath);
}
