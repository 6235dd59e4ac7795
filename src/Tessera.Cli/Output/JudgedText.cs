using Tessera.Cli.Loading;

namespace Tessera.Cli.Output;

/// <summary>A text and what detectors made of it.</summary>
/// <param name="Text">The text.</param>
/// <param name="Scored">Tokens that were scored.</param>
/// <param name="Kept">Distinct tokens among them.</param>
/// <param name="Scores">A score for each detector; null where it lacked what it needs.</param>
internal sealed record JudgedText(LabelledText Text, int Scored, int Kept, double?[] Scores);
