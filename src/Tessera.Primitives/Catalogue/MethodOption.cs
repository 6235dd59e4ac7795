namespace Tessera;

/// <summary>One option of a method: an argument of its constructor, or a property of the options record that its constructor takes.</summary>
/// <param name="Name">What people type: lower case, words joined by hyphens.</param>
/// <param name="Kind">What a value looks like: number, integer, switch, text or the names to choose from.</param>
/// <param name="Default">The default as people would type it; null where a value must be given.</param>
/// <param name="Summary">What it does, with its unit and range.</param>
public sealed record MethodOption(string Name, string Kind, string? Default, string Summary);
