namespace Tessera.Architecture.Tests;

/// <summary>The projects in their order; each may use those before it.</summary>
internal static class ProjectOrder
{
    public static IReadOnlyList<string> Order { get; } =
    [
        "Tessera.Primitives", "Tessera.Tensors", "Tessera.Tokenizers", "Tessera.Models", "Tessera.Generation", "Tessera.Evaluation", "Tessera.Context", "Tessera.Learning",
        "Tessera.Insight", "Tessera.Vision", "Tessera.Laboratory", "Tessera.Extensions.AI", "Tessera.Server", "Tessera.Cli",
    ];

    // Text alone must not drag the engine in.
    private static readonly (string Project, string Unknown)[] s_exceptions = [("Tessera.Tokenizers", "Tessera.Tensors")];

    /// <summary>What breaks the order.</summary>
    public static IEnumerable<string> Violations(string project, IEnumerable<string> uses)
    {
        var place = Order.IndexOf(project);
        if (place < 0) yield return $"{project} has no place in the order of the projects";
        foreach (var used in uses)
        {
            if (Order.IndexOf(used) is var before && (before < 0 || before >= place)) yield return $"{project} uses {used}, which does not stand before it";
            if (s_exceptions.Contains((project, used))) yield return $"{project} knows no {used}";
        }
    }

    private static int IndexOf(this IReadOnlyList<string> list, string item)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i] == item) return i;
        }

        return -1;
    }
}
