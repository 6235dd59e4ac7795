namespace Tessera.Models.Files;

/// <summary>Writes a file under a temporary name in the same folder and renames it when it is complete: nobody ever sees half of it.</summary>
internal static class ReplacedFile
{
    private const int BufferBytes = 1 << 20;

    public static void Write(string path, Action<Stream> write)
    {
        path = Path.GetFullPath(path);
        var temporary = $"{path}.{Path.GetRandomFileName()}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
