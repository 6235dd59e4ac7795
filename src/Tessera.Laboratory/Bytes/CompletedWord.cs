namespace Tessera.Laboratory;

/// <summary>What became of a cut word.</summary>
/// <param name="Right">Whether it was completed, to the letter.</param>
/// <param name="PromptCalls">Runs of the model over the prompt that were needed to cut its end anew.</param>
/// <param name="Calls">Runs for the answer.</param>
/// <param name="Bytes">Bytes of the answer until it was judged.</param>
public sealed record CompletedWord(bool Right, int PromptCalls, int Calls, int Bytes);
