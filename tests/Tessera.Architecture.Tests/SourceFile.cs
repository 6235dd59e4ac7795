using System.Text.RegularExpressions;

namespace Tessera.Architecture.Tests;

/// <summary>A text file of the repository.</summary>
/// <param name="Path">Its path below the repository, with forward slashes.</param>
/// <param name="Text">What it holds.</param>
internal sealed partial record SourceFile(string Path, string Text)
{
    /// <summary>The text without comments, so that a rule about code does not stumble over prose. Strings stay.</summary>
    public string Code => Comments().Replace(Text, static m => m.Value.StartsWith('/') ? "" : m.Value);

    /// <summary>The number of lines.</summary>
    public int Lines => Text.AsSpan().Count('\n') + (Text.EndsWith('\n') || Text.Length == 0 ? 0 : 1);

    // A string is matched first and kept: "//" in it is no comment.
    [GeneratedRegex("""
        \"{3}[\s\S]*?\"{3} | @\"(?:[^\"]|\"\")*\" | \"(?:[^\"\\\n]|\\.)*\" | '(?:[^'\\\n]|\\.)+' | //[^\n]* | /\*[\s\S]*?\*/
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Comments();
}
