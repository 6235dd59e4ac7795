namespace Tessera.Golden;

/// <summary>The readers of the family learning.</summary>
internal static class LearningReaders
{
    public static IReadOnlyList<IGoldenReader> List { get; } =
    [
        new PhiloxReader(),
        new AdamWReader(),
        new ScheduleReader(),
        new ClippingReader(),
        new TrainingRunReader(),
        new AdapterTrainingReader(),
        new AccumulationReader(),
        new PackedDocumentsReader(),
    ];
}
