namespace Tessera.Golden.Tests;

/// <summary>A golden directory of a few small files, in a temporary folder that is removed afterwards.</summary>
internal sealed class MadeUpDirectory : IDisposable
{
    private readonly DirectoryInfo _top = Directory.CreateTempSubdirectory("golden");

    public MadeUpDirectory() => Root = _top.CreateSubdirectory("golden").FullName;

    public string Root { get; }

    public MadeUpDirectory With(string relativePath, string text)
    {
        var path = Path.Combine(Root, relativePath);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return this;
    }

    public MadeUpDirectory WithTensors(string relativePath, params (string Name, int[] Shape, float[] Values)[] tensors)
    {
        var offset = 0;
        var entries = new List<string>();
        foreach (var (name, shape, values) in tensors)
        {
            entries.Add($"\"{name}\":{{\"dtype\":\"F32\",\"shape\":[{string.Join(",", shape)}],\"data_offsets\":[{offset},{offset + values.Length * 4}]}}");
            offset += values.Length * 4;
        }

        var header = System.Text.Encoding.UTF8.GetBytes("{" + string.Join(",", entries) + "}");
        var bytes = new List<byte>(BitConverter.GetBytes((ulong)header.Length));
        bytes.AddRange(header);
        foreach (var (_, _, values) in tensors)
        {
            foreach (var value in values) bytes.AddRange(BitConverter.GetBytes(value));
        }

        var path = Path.Combine(Root, relativePath);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, [.. bytes]);
        return this;
    }

    public RunResult Run(IGoldenReader reader, params string[] arguments)
    {
        var options = RunOptions.Parse(arguments);
        using var directory = GoldenDirectory.Open(Root);
        return new GoldenRunner([reader], options).Run(directory);
    }

    public (int Status, string Output) Command(IGoldenReader reader, params string[] arguments)
    {
        using var output = new StringWriter();
        var status = GoldenCommand.Run(arguments, output, output, () => Root, [reader]);
        return (status, output.ToString());
    }

    public void Dispose() => _top.Delete(recursive: true);
}
