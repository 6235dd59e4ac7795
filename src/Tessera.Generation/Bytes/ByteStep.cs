namespace Tessera.Generation;

/// <summary>One byte of a text that is being drawn.</summary>
/// <param name="Symbol">The byte, or <see cref="ByteDistribution.End"/>.</param>
/// <param name="LogProbability">ln of its probability before temperature and cut.</param>
public readonly record struct ByteStep(int Symbol, double LogProbability)
{
    /// <summary>Whether the text has ended.</summary>
    public bool IsEnd => Symbol == ByteDistribution.End;
}
