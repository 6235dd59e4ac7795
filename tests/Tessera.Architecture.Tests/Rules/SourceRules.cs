using System.Text.RegularExpressions;

namespace Tessera.Architecture.Tests;

/// <summary>Rules that a file's path and text decide. Each returns what breaks it.</summary>
internal static partial class SourceRules
{
    private const int MostLines = 400;

    private static readonly string[] s_emptyNames = ["Helpers", "Helper", "Utils", "Util", "Utilities", "Common", "Managers", "Misc", "Shared", "Stuff"];

    /// <summary>Folders are stages or families, not patterns.</summary>
    public static IEnumerable<string> FolderNames(SourceFile file) =>
        file.Path.Split('/')[..^1].Where(static part => s_emptyNames.Contains(part, StringComparer.OrdinalIgnoreCase)).Select(part => $"{file.Path}: a folder named {part}");

    /// <summary>
    /// A file holds one public type and has its name; a second one may be its options record. A name may go on behind a dot
    /// (<c>Tensor.Views.cs</c>), and types that differ in the number of type parameters share a name.
    /// </summary>
    public static IEnumerable<string> OnePublicType(SourceFile file)
    {
        var types = TopLevelPublicType().Matches(file.Code).Select(static m => m.Groups["name"].Value).Distinct().ToList();
        if (types.Count == 0) yield break;
        var name = System.IO.Path.GetFileName(file.Path).Split('.')[0];
        if (!types.Contains(name)) yield return $"{file.Path}: holds the public {types[0]}, whose name it does not have";
        foreach (var other in types.Where(t => t != name && t != name + "Options"))
            yield return $"{file.Path}: holds the public {other} as well";
    }

    /// <summary>A file is short, or listed with a reason.</summary>
    public static IEnumerable<string> Length(SourceFile file, IReadOnlyDictionary<string, string> exceptions)
    {
        if (file.Lines > MostLines && !exceptions.ContainsKey(file.Path)) yield return $"{file.Path}: {file.Lines} lines, more than {MostLines}";
        if (file.Lines <= MostLines && exceptions.ContainsKey(file.Path)) yield return $"{file.Path}: listed as longer than {MostLines} lines, which it is not";
    }

    /// <summary>Offsets of a file become addresses in one place only.</summary>
    public static IEnumerable<string> MappedAddresses(SourceFile file) =>
        file.Code.Contains("AcquirePointer", StringComparison.Ordinal) && System.IO.Path.GetFileName(file.Path) != "MappedFile.cs"
            ? [$"{file.Path}: makes an address of a mapping; MappedFile does that"]
            : [];

    /// <summary>A module computes; whether anybody records is the operation's business.</summary>
    public static IEnumerable<string> ModulesAskForNoTape(SourceFile file) =>
        file.Path.Contains("Tessera.Models/Modules/", StringComparison.Ordinal) && TapeName().Match(file.Code) is { Success: true } found
            ? [$"{file.Path}: a module that knows of {found.Value}"]
            : [];

    /// <summary>What a library must not call: the clock and the sleep make results depend on the hour.</summary>
    public static IEnumerable<string> ForbiddenCalls(SourceFile file) =>
        ForbiddenCall().Matches(file.Code).Select(m => $"{file.Path}: {m.Value}");

    /// <summary>A warning that is switched off hides a public member without documentation.</summary>
    public static IEnumerable<string> MissingDocumentationHidden(SourceFile file, IReadOnlyDictionary<string, string> exceptions) =>
        HiddenDocumentation().IsMatch(file.Code) && !exceptions.ContainsKey(file.Path) ? [$"{file.Path}: switches the warning of missing documentation off"] : [];

    /// <summary>Words that tell of the machine on which a text was written.</summary>
    public static IEnumerable<string> MachineWords(SourceFile file) =>
        MachineWord().Matches(file.Text).Select(m => $"{file.Path}: {m.Value}");

    [GeneratedRegex(@"^public\s+(?:(?:static|sealed|abstract|partial|readonly|ref|unsafe|file|record)\s+)*(?:class|struct|interface|enum|record|delegate\s+[\w<>,?\[\]\s\*]+?)\s+(?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex TopLevelPublicType();

    [GeneratedRegex(@"\b\w*Tape\b|\bTapeRecord\b|\bIsRecording\b|\.Node\b")]
    private static partial Regex TapeName();

    [GeneratedRegex(@"\bDateTime(?:Offset)?\.(?:Now|UtcNow|Today)\b|\bThread\.Sleep\b|\bEnvironment\.TickCount\b")]
    private static partial Regex ForbiddenCall();

    [GeneratedRegex(@"#pragma\s+warning\s+disable\b[^\n]*1591")]
    private static partial Regex HiddenDocumentation();

    // Written with breaks in the words, or this file would break its own rule.
    // Absolute paths into somebody's folders, and hosts that are an address.
    [GeneratedRegex(@"(?<=[\s""'`(=])/(?:home|root|mnt|wor[k])/\w|https?://(?:\d{1,3}\.){3}\d{1,3}(?<!127\.0\.0\.1|0\.0\.0\.0)")]
    private static partial Regex MachineWord();
}
