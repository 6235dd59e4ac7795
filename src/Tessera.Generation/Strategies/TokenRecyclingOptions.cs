namespace Tessera.Generation;

/// <summary>Settings of <see cref="TokenRecycling"/>.</summary>
public sealed record TokenRecyclingOptions
{
    /// <summary>Candidates that are remembered for each token, 1 to 64. Default 8, the paper's.</summary>
    public int Candidates { get; init => field = Require.AtLeast(value, 1, nameof(Candidates)) <= 64 ? value : throw new ArgumentOutOfRangeException(nameof(Candidates), value, "Candidates must be at most 64."); } = 8;

    /// <summary>The most tokens that a pass drafts, 1 to 511. Default 80, the paper's.</summary>
    public int Nodes { get; init => field = Require.AtLeast(value, 1, nameof(Nodes)) <= 511 ? value : throw new ArgumentOutOfRangeException(nameof(Nodes), value, "Nodes must be at most 511."); } = 80;

    /// <summary>
    /// Whether the tree's size follows what pays on this machine and text, down to no draft at all. Off drafts the paper's whole tree in each pass,
    /// which pays on a processor with arithmetic to spare. Default true.
    /// </summary>
    public bool Adaptive { get; init; } = true;

    /// <summary>
    /// Places of a token in the text, prompt included, whose followers are drafted by turns with its candidates, 0 to 1,024: they make the first copy
    /// of a passage as fast as the second, and cost nothing. 0 is the paper's, which learns from passes alone. Default 32.
    /// </summary>
    public int Occurrences { get; init => field = Require.AtLeast(value, 0, nameof(Occurrences)) <= 1024 ? value : throw new ArgumentOutOfRangeException(nameof(Occurrences), value, "Occurrences must be at most 1,024."); } = 32;
}
