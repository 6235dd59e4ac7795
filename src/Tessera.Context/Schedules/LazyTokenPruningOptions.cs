namespace Tessera.Context.Schedules;

/// <summary>Settings of <see cref="LazyTokenPruning"/>.</summary>
public sealed record LazyTokenPruningOptions
{
    /// <summary>
    /// Where tokens are left out and how many stay: pairs depth:fraction joined by '/'. A depth is a share of the layers, in (0, 1]; behind it the
    /// fraction, in (0, 1], of all tokens stays. Depths increase, fractions do not. Default 0.3:0.8/0.5:0.6/0.7:0.4/0.9:0.3.
    /// </summary>
    public string Keep { get; init; } = "0.3:0.8/0.5:0.6/0.7:0.4/0.9:0.3";

    /// <summary>Whether the first token always stays: much attention rests on it. It counts towards the fraction. Default true.</summary>
    public bool ProtectFirst { get; init; } = true;

    /// <summary>Whether the prompt's choice is final: no token comes back, and those after the prompt all stay. The paper's baseline. Default false.</summary>
    public bool Static { get; init; }

    /// <summary>Below this number of tokens nothing is left out: the bookkeeping would cost more than it saves. From 0. Default 512.</summary>
    public int MinTokens { get; init; } = 512;

    /// <summary>What tokens are ranked by. Default their attention from the newest token.</summary>
    public TokenRanking Ranking { get; init; } = TokenRanking.Attention;

    /// <summary>Seed of a random ranking. Default 0.</summary>
    public ulong Seed { get; init; }
}
