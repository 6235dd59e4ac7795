namespace Tessera.Generation;

/// <summary>A prompt whose end was cut anew, to be continued token by token.</summary>
/// <param name="Ids">Its tokens, context included.</param>
/// <param name="Overshoot">The bytes by which they reach beyond the prompt: the beginning of the continuation.</param>
/// <param name="LogProbability">ln of the probability of this cut among those that the prompt admits; of the token among those allowed, where a token was healed.</param>
/// <param name="Calls">How often the model was run.</param>
public sealed record RepairedPrompt(IReadOnlyList<int> Ids, ReadOnlyMemory<byte> Overshoot, double LogProbability, int Calls);
