namespace Tessera.Models.Attention;

/// <summary>What a normaliser leaves besides the weights, so that parts of a row can be put together.</summary>
/// <param name="Maximum">What was subtracted from the scores before the exponential; 0 for rules without one.</param>
/// <param name="Sum">What the weights are still to be divided by; 1 for rules that divide themselves.</param>
public readonly record struct StripSums(float Maximum, float Sum);
