namespace Tessera.Golden;

/// <summary>Every reader. A family's readers are listed in its own folder.</summary>
public static class Readers
{
    /// <summary>The readers, in the order in which they run where several cover a case.</summary>
    public static IReadOnlyList<IGoldenReader> All { get; } =
    [
        .. TokenizerReaders.List,
        .. TemplateReaders.List,
        .. ModelReaders.List,
        .. FilesReaders.List,
        .. DecodingReaders.List,
        .. LearningReaders.List,
        .. ContextReaders.List,
        .. AdaptationReaders.List,
        .. InsightReaders.List,
    ];
}
