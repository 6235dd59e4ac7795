namespace Tessera.Generation;

/// <summary>The piece of history that a penalty looks at.</summary>
/// <param name="Scope">Which tokens count.</param>
/// <param name="LastN">How many, where the scope is <see cref="PenaltyScope.LastN"/>; 0 for none.</param>
public readonly record struct PenaltyWindow(PenaltyScope Scope, int LastN = 64)
{
    /// <summary>The tokens of a sequence that lie in the window.</summary>
    /// <param name="context">The sequence so far.</param>
    public ReadOnlySpan<int> Of(in StageContext context) => Scope switch
    {
        PenaltyScope.Generated => context.Generated,
        PenaltyScope.PromptAndGenerated => context.History,
        _ => context.History[^Math.Min(Math.Max(LastN, 0), context.History.Length)..],
    };
}
