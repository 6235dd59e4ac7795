namespace Tessera.Laboratory;

/// <summary>A text to measure on.</summary>
/// <param name="Name">What reports call it: a file's name, or that and a record's.</param>
/// <param name="Text">The text.</param>
public sealed record ReproductionText(string Name, string Text);
