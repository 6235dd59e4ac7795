namespace Tessera.Context.Compression;

/// <summary>A word of a prompt, and what became of it.</summary>
/// <param name="Text">The word as it stands in the text (as its tokens spell it where the package's own form was asked for).</param>
/// <param name="Probability">What decided: the probability that it is worth keeping, 1 where it was forced; NaN where nothing had to be decided.</param>
/// <param name="Kept">Whether it is part of the compressed text.</param>
/// <param name="Context">The index of its context.</param>
/// <param name="Start">Where it starts in its context, in UTF-16 units; −1 where words are spelt by tokens.</param>
public readonly record struct LabelledWord(string Text, double Probability, bool Kept, int Context, int Start);
