namespace Tessera.Golden;

/// <summary>The readers of containers: GGUF, safetensors, shards.</summary>
internal static class FilesReaders
{
    public static IReadOnlyList<IGoldenReader> List { get; } = [new HostileContainerReader(), new HostileModelReader(), new GgufContentsReader()];
}
