namespace Tessera.Context.Compression;

/// <summary>How far a compression has come.</summary>
/// <param name="Chunks">Chunks that the encoder has read.</param>
/// <param name="Total">Chunks in all.</param>
public readonly record struct CompressionProgress(int Chunks, int Total);
