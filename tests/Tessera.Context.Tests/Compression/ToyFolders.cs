using Tessera.Models.Tests;

namespace Tessera.Context.Tests.Compression;

/// <summary>The folders of the toy encoders "bert" and "roberta"; deleted at the end.</summary>
public sealed class ToyFolders : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("tessera-context-").FullName;

    public ToyFolders()
    {
        ToyCompressors.WriteBert(Directory.CreateDirectory(this["bert"]).FullName);
        ToyCompressors.WriteRoberta(Directory.CreateDirectory(this["roberta"]).FullName);
    }

    public string this[string name] => Path.Combine(_root, name);

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
