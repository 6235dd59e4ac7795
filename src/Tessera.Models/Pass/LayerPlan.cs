namespace Tessera.Models.Passes;

/// <summary>
/// A schedule's answer for one layer of one sequence: which tokens run through it, what becomes of the others, and which cached tokens
/// the running ones read. The default is the plain layer: every row runs and reads everything.
/// </summary>
public readonly ref struct LayerPlan
{
    private LayerPlan(bool chooses, ReadOnlySpan<int> tokens, LeftOutRows leftOut, bool reads, ReadOnlySpan<int> cached)
    {
        Chooses = chooses;
        Tokens = tokens;
        LeftOut = leftOut;
        ChoosesCached = reads;
        Cached = cached;
    }

    /// <summary>Every row in the stream runs.</summary>
    public static LayerPlan All => default;

    /// <summary>Chosen tokens run.</summary>
    /// <param name="tokens">
    /// Their indices in the sequence, increasing; each is in the stream, or waits before this layer. May be empty. Read until the layer has run.
    /// </param>
    /// <param name="leftOut">What becomes of the stream's other rows.</param>
    public static LayerPlan Run(ReadOnlySpan<int> tokens, LeftOutRows leftOut) => new(true, tokens, leftOut, false, []);

    /// <summary>The same plan, but of what the layer has cached before only some tokens are read.</summary>
    /// <param name="tokens">Their indices, in any order, each of them cached in this layer.</param>
    public LayerPlan Reading(ReadOnlySpan<int> tokens) => new(Chooses, Tokens, LeftOut, true, tokens);

    /// <summary>Whether <see cref="Tokens"/> says what runs; otherwise all rows of the stream do.</summary>
    public bool Chooses { get; }

    /// <summary>The tokens that run.</summary>
    public ReadOnlySpan<int> Tokens { get; }

    /// <summary>What becomes of the stream's other rows.</summary>
    public LeftOutRows LeftOut { get; }

    /// <summary>Whether <see cref="Cached"/> says what is read; otherwise everything cached is.</summary>
    public bool ChoosesCached { get; }

    /// <summary>The cached tokens that are read.</summary>
    public ReadOnlySpan<int> Cached { get; }
}
