namespace Tessera.Context.Schedules;

/// <summary>What a schedule ranks tokens by.</summary>
public enum TokenRanking
{
    /// <summary>The attention that the newest token pays them, averaged over the heads of the layer.</summary>
    Attention,

    /// <summary>Chance: what any better ranking is measured against.</summary>
    Random,
}
