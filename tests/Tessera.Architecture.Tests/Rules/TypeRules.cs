using System.Reflection;
using System.Xml.Linq;
using NetArchTest.Rules;

namespace Tessera.Architecture.Tests;

/// <summary>Rules that the built assemblies decide. Each returns what breaks it.</summary>
internal static class TypeRules
{
    /// <summary>
    /// What no library may use: code made at run time by reflection does not survive native compilation; a random number has to be named
    /// (<see cref="RandomKey"/>), not drawn.
    /// </summary>
    private static readonly string[] s_banned = ["System.Reflection.Emit", "System.Activator", "System.Random", "System.Security.Cryptography.RandomNumberGenerator"];

    /// <summary>Types that use something that is banned.</summary>
    public static IEnumerable<string> BannedTypes(Assembly assembly) =>
        from banned in s_banned
        from type in Types.InAssembly(assembly).That().HaveDependencyOnAny(banned).GetTypes()
        select $"{type.FullName} uses {banned}";

    /// <summary>Types of a namespace that use types whose name ends in one of the given words.</summary>
    public static IEnumerable<string> DependenciesOn(Assembly assembly, string ofNamespace, IReadOnlyList<string> types) =>
        from type in Types.InAssembly(assembly).That().ResideInNamespace(ofNamespace).And().HaveDependencyOnAny([.. types]).GetTypes()
        select $"{type.FullName} uses one of {string.Join(", ", types)}";

    /// <summary>Whether an assembly says that it can be trimmed and compiled ahead of time.</summary>
    public static IEnumerable<string> TrimmingPromise(Assembly assembly)
    {
        var marks = assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Where(static m => bool.TryParse(m.Value, out var yes) && yes).Select(static m => m.Key).ToHashSet();
        foreach (var mark in (ReadOnlySpan<string>)["IsTrimmable", "IsAotCompatible"])
        {
            if (!marks.Contains(mark)) return [$"{assembly.GetName().Name} is not marked {mark}"];
        }

        return [];
    }

    /// <summary>Public types without a summary in the documentation file beside the assembly.</summary>
    public static IEnumerable<string> Undocumented(Assembly assembly)
    {
        var file = Path.ChangeExtension(assembly.Location, ".xml");
        if (!File.Exists(file)) return [$"{assembly.GetName().Name} has no documentation file"];
        var documented = XDocument.Load(file).Descendants("member")
            .Where(static m => m.Element("summary") is { } summary && !string.IsNullOrWhiteSpace(summary.Value) || m.Element("inheritdoc") is not null)
            .Select(static m => (string)m.Attribute("name")!)
            .ToHashSet(StringComparer.Ordinal);
        return assembly.GetExportedTypes()
            .Select(static t => t.FullName!.Replace('+', '.'))
            .Where(name => !documented.Contains("T:" + name))
            .Select(static name => $"{name} has no summary");
    }
}
