namespace Tessera.Learning.Data;

/// <summary>A text's words with what a teacher made of them.</summary>
/// <param name="Labels">Whether each word was kept.</param>
/// <param name="Quality">How far that is to be trusted.</param>
public sealed record LabelledPair(IReadOnlyList<bool> Labels, AnnotationQuality Quality);
