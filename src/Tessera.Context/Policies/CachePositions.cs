namespace Tessera.Context.Policies;

/// <summary>At which positions the slots that stay are read.</summary>
public enum CachePositions
{
    /// <summary>At those of their tokens in the text: distances keep their meaning, and positions grow with the text.</summary>
    Keep,

    /// <summary>At their places in the cache: no position exceeds the budget, so that a text may be longer than the model was trained for.</summary>
    Rebase,
}
