using System.IO.MemoryMappedFiles;

namespace Tessera.Tensors;

/// <summary>
/// A file mapped read-only into memory. The one place that turns file offsets into addresses: every view is checked against the
/// file's length here and nowhere else, so that no length in a hostile file can make a kernel read outside.
/// </summary>
/// <remarks>
/// The file is opened so that others may read but not write it. A file system that ignores this and truncates a mapped file ends the
/// process; copy weights from untrusted network shares first.
/// </remarks>
public sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private byte* _pointer;
    private bool _closed;

    private MappedFile(string path, long length, MemoryMappedFile? file, MemoryMappedViewAccessor? view, byte* pointer)
    {
        Path = path;
        Length = length;
        _file = file;
        _view = view;
        _pointer = pointer;
    }

    /// <summary>The path that was opened.</summary>
    public string Path { get; }

    /// <summary>The file's size in bytes.</summary>
    public long Length { get; }

    /// <summary>Maps a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file can't be opened.</exception>
    public static MappedFile Open(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        var length = stream.Length;
        if (length == 0) return new MappedFile(path, 0, null, null, null); // an empty file can't be mapped

        var file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        MemoryMappedViewAccessor? view = null;
        try
        {
            view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            byte* pointer = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
            return new MappedFile(path, length, file, view, pointer + view.PointerOffset);
        }
        catch
        {
            view?.Dispose();
            file.Dispose();
            throw;
        }
    }

    /// <summary>Treats bytes that are already in memory as a file: an embedded model, or a copy taken because the file may change.</summary>
    /// <param name="name">What error messages call it.</param>
    /// <param name="memory">The first byte; the caller keeps the memory readable until this object is disposed.</param>
    /// <param name="length">How many bytes belong to it.</param>
    public static MappedFile OverMemory(string name, byte* memory, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (memory is null && length > 0) throw new ArgumentNullException(nameof(memory));
        return new MappedFile(name, length, null, null, memory);
    }

    /// <summary>The bytes [offset, offset + length) as a span.</summary>
    /// <exception cref="MalformedInputException">The range is not inside the file.</exception>
    public ReadOnlySpan<byte> Span(long offset, int length, string place) => new(Address(offset, length, place), length);

    /// <summary>The address of the bytes [offset, offset + length), valid until <see cref="Dispose"/>.</summary>
    /// <param name="offset">Where the range starts, in bytes from the start of the file.</param>
    /// <param name="length">Its size in bytes.</param>
    /// <param name="place">What the range is, for the error message.</param>
    /// <exception cref="MalformedInputException">The range is not inside the file.</exception>
    /// <exception cref="ObjectDisposedException">The mapping was closed.</exception>
    public byte* Address(long offset, long length, string place)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (offset < 0 || length < 0 || offset > Length - length)
            throw new MalformedInputException(Path, place, $"bytes {offset:N0} + {length:N0} lie outside the file of {Length:N0} bytes");
        return _pointer + offset;
    }

    /// <summary>Closes the mapping; every view becomes invalid.</summary>
    public void Dispose()
    {
        if (_closed) return;
        _closed = true;
        _pointer = null;
        if (_view is null) return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file!.Dispose();
    }
}
