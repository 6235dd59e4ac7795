namespace Tessera;

/// <summary>
/// Enters a published method in the catalogue (<c>tessera methods</c>). At build time every marked type of a library is written into the
/// library's list of <see cref="MethodDescription"/>s, its summary and its options with their documentation included; nothing is found
/// by reflection.
/// </summary>
/// <param name="name">What people type: lower case, words joined by hyphens, unique in the catalogue.</param>
/// <param name="paper">The paper's title.</param>
/// <param name="arXiv">The paper's arXiv number; for one that is not there, its DOI or address.</param>
/// <param name="year">The year of the paper's first version.</param>
/// <param name="stage">What the method changes.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, Inherited = false)]
public sealed class MethodAttribute(string name, string paper, string arXiv, int year, MethodStage stage) : Attribute
{
    /// <summary>What people type.</summary>
    public string Name { get; } = name;

    /// <summary>The paper's title.</summary>
    public string Paper { get; } = paper;

    /// <summary>The paper's arXiv number, DOI or address.</summary>
    public string ArXiv { get; } = arXiv;

    /// <summary>The year of the paper's first version.</summary>
    public int Year { get; } = year;

    /// <summary>What the method changes.</summary>
    public MethodStage Stage { get; } = stage;
}
