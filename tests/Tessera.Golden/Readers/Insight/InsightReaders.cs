namespace Tessera.Golden;

/// <summary>The readers of the family insight.</summary>
internal static class InsightReaders
{
    public static IReadOnlyList<IGoldenReader> List { get; } =
    [
        new TokenStatisticsReader(),
        new WhatIfSamplerReader(),
        new HookCaptureReader(),
        new PatchingReader(),
        new SteeringReader(),
        new LogitAttributionReader(),
        new LogitLensReader(),
        new TokenLensReader(),
        new TokenBytesReader(),
        new DirectionsReader(),
        new MembershipReader(),
        new RocReader(),
        new MachineTextReader(),
        new BinocularsBatchReader(),
        new PerturbationReader(),
    ];
}
