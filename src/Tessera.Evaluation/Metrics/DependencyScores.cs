namespace Tessera.Evaluation.Metrics;

/// <summary>
/// Scores of dependency trees as KLUE takes them, times 100: heads and types are classes, over all sentences together; positions whose true
/// head is −1 are left out. Rare types (15 and above) are one, and the type of a word with a wrong head is wrong.
/// </summary>
public sealed class DependencyScores
{
    private const int FirstRareType = 15;
    private const int Rare = -3;
    private const int WrongHead = -2;

    private readonly List<int> _heads = [];
    private readonly List<int> _types = [];
    private readonly List<int> _predictedHeads = [];
    private readonly List<int> _predictedTypes = [];

    /// <summary>Adds a sentence.</summary>
    /// <param name="heads">True heads; −1 for positions that do not count.</param>
    /// <param name="types">True types, as many.</param>
    /// <param name="predictedHeads">Predicted heads, as many.</param>
    /// <param name="predictedTypes">Predicted types, as many.</param>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public void Add(ReadOnlySpan<int> heads, ReadOnlySpan<int> types, ReadOnlySpan<int> predictedHeads, ReadOnlySpan<int> predictedTypes)
    {
        if (types.Length != heads.Length || predictedHeads.Length != heads.Length || predictedTypes.Length != heads.Length) throw new ArgumentException("The lists of a sentence differ in length.");
        for (var i = 0; i < heads.Length; i++)
        {
            if (heads[i] == -1) continue;
            _heads.Add(heads[i]);
            _predictedHeads.Add(predictedHeads[i]);
            _types.Add(types[i] >= FirstRareType ? Rare : types[i]);
            _predictedTypes.Add(heads[i] != predictedHeads[i] ? WrongHead : predictedTypes[i] >= FirstRareType ? Rare : predictedTypes[i]);
        }
    }

    /// <summary>Heads, F1 over all words: the share that is right.</summary>
    public double UnlabelledMicro => ClassificationScores.MicroF1(Predicted(_predictedHeads), Predicted(_heads));

    /// <summary>Heads, F1 averaged over head positions.</summary>
    public double UnlabelledMacro => ClassificationScores.MacroF1(Predicted(_predictedHeads), Predicted(_heads));

    /// <summary>Types, F1 over all words.</summary>
    public double LabelledMicro => ClassificationScores.MicroF1(Predicted(_predictedTypes), Predicted(_types));

    /// <summary>Types, F1 averaged over types.</summary>
    public double LabelledMacro => ClassificationScores.MacroF1(Predicted(_predictedTypes), Predicted(_types));

    private static ReadOnlySpan<int> Predicted(List<int> classes) => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(classes);
}
