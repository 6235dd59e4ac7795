namespace Tessera.Insight.Steering;

/// <summary>What a model does at the end of a prompt that asks for a choice.</summary>
/// <param name="Activation">The residual stream at the last token, [width]; steered, where steering takes place at or before the layer.</param>
/// <param name="Actions">How the choice is spread among the actions.</param>
/// <param name="ActionMass">The probability of all actions together among all tokens: how often an answer keeps to the format.</param>
/// <param name="MostProbable">The most probable token of all.</param>
public sealed record Decision(float[] Activation, ActionDistribution Actions, double ActionMass, int MostProbable);
