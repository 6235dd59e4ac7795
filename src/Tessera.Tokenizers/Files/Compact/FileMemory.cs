using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;

namespace Tessera.Tokenizers.Files.Compact;

/// <summary>
/// A file's bytes in memory that does not move: mapped read-only, or a copy. A mapped file goes away when this object is disposed or
/// nobody refers to it any more.
/// </summary>
internal sealed unsafe class FileMemory : IDisposable
{
    private readonly IDisposable? _map;
    private readonly byte[]? _copy; // only held, so that the memory stays

    private FileMemory(IDisposable? map, byte[]? copy, byte* first, long length)
    {
        (_map, _copy, Length) = (map, copy, length);
        First = first;
    }

    /// <summary>The first byte.</summary>
    public byte* First { get; }

    /// <summary>How many there are.</summary>
    public long Length { get; }

    /// <summary>Maps a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read, or is a folder.</exception>
    public static FileMemory Map(string path) => MapByLibc(path) ?? MapByRuntime(path);

    /// <summary>Copies bytes.</summary>
    public static FileMemory Of(ReadOnlySpan<byte> bytes)
    {
        var copy = GC.AllocateUninitializedArray<byte>(Math.Max(1, bytes.Length), pinned: true);
        bytes.CopyTo(copy);
        return new FileMemory(null, copy, (byte*)Unsafe.AsPointer(ref copy[0]), bytes.Length);
    }

    /// <inheritdoc/>
    public void Dispose() => _map?.Dispose();

    private static FileMemory? MapByLibc(string path) => LibcMap.Of(path) is { } map ? new FileMemory(map, null, map.First, map.Length) : null;

    private static FileMemory MapByRuntime(string path)
    {
        using var file = File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        if (length == 0) return Of([]);
        using var mapped = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        var view = mapped.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        // Without counting references to the handle: its finalizer unmaps when this object, which holds it, is gone.
        return new FileMemory(view, null, (byte*)view.SafeMemoryMappedViewHandle.DangerousGetHandle() + view.PointerOffset, length);
    }
}
