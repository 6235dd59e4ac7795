namespace Tessera.Golden;

/// <summary>The readers of the family models-tiny, models-real.</summary>
internal static class ModelReaders
{
    public static IReadOnlyList<IGoldenReader> List { get; } = [new BlockFormatReader(), new ActivationReader(), new RotaryReader(), new PositionReader()];
}
