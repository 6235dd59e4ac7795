using Tessera.Models.Files;
using Tessera.Tensors;

namespace Tessera.Cli.Loading;

/// <summary>The model that is embedded in the program, for those who name none. A build need not have one.</summary>
internal static unsafe class EmbeddedModel
{
    private const string Resource = "tessera-default.gguf";

    /// <summary>Whether this build has one.</summary>
    public static bool Exists => typeof(EmbeddedModel).Assembly.GetManifestResourceInfo(Resource) is not null;

    /// <summary>Opens it where it lies in memory; nothing is copied or written to disk.</summary>
    public static WeightFiles Open()
    {
        // An embedded resource is a part of the loaded assembly, which is never unloaded: its address stays valid.
        using var stream = (UnmanagedMemoryStream)typeof(EmbeddedModel).Assembly.GetManifestResourceStream(Resource)!;
        return WeightFiles.Of(GgufFile.Open(MappedFile.OverMemory(Resource, stream.PositionPointer, stream.Length)));
    }
}
