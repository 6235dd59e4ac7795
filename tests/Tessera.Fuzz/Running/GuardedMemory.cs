using System.Runtime.InteropServices;

namespace Tessera.Fuzz;

/// <summary>
/// Memory whose last byte is followed by a page that can't be read: a reader that looks one byte too far ends the process instead of
/// going unnoticed. Where the system has no mmap it is ordinary memory, and the promise is not kept.
/// </summary>
internal sealed unsafe partial class GuardedMemory
{
    private const int ProtectNone = 0, ProtectReadWrite = 3; // PROT_NONE, PROT_READ | PROT_WRITE
    private const int PrivateAnonymous = 0x22; // MAP_PRIVATE | MAP_ANONYMOUS of Linux
    private byte* _end;
    private long _capacity;
    private byte[] _plain = [];

    /// <summary>Puts bytes in front of the guard, in place of the previous ones.</summary>
    public FuzzInput Place(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _capacity) Grow(bytes.Length);
        var start = _end - bytes.Length;
        bytes.CopyTo(new Span<byte>(start, bytes.Length));
        return new FuzzInput(start, bytes.Length);
    }

    private void Grow(int bytes)
    {
        var page = Environment.SystemPageSize;
        _capacity = ((long)bytes * 2 / page + 1) * page;
        if (!OperatingSystem.IsLinux())
        {
            _plain = GC.AllocateUninitializedArray<byte>((int)_capacity, pinned: true);
            _end = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_plain, 0) + _capacity;
            return;
        }

        // The old region stays mapped: it is a page or two, a few times in a run.
        var region = Map(0, (nuint)(_capacity + page), ProtectReadWrite, PrivateAnonymous, -1, 0);
        if (region == -1) throw new InvalidOperationException("mmap failed");
        _end = (byte*)region + _capacity;
        if (Protect((nint)_end, (nuint)page, ProtectNone) != 0) throw new InvalidOperationException("mprotect failed");
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(nint address, nuint length, int protection);
}
