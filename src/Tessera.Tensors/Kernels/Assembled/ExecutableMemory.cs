using System.Runtime.InteropServices;

namespace Tessera.Tensors.Kernels.Assembled;

/// <summary>
/// Machine code in memory of its own: written first, then made executable and read-only, never both at once. Lives as long as the process.
/// </summary>
internal static unsafe partial class ExecutableMemory
{
    /// <summary>Places code; null where the system refuses executable memory (hardened runtimes, SELinux without execmem).</summary>
    public static byte* Place(ReadOnlySpan<byte> code) => OperatingSystem.IsWindows() ? PlaceWindows(code) : PlaceUnix(code);

    private static byte* PlaceUnix(ReadOnlySpan<byte> code)
    {
        const int Read = 1, Write = 2, Execute = 4, Private = 2; // sys/mman.h, the same on Linux and macOS
        var anonymous = OperatingSystem.IsMacOS() ? 0x1000 : 0x20;
        var address = Mmap(null, (nuint)code.Length, Read | Write, Private | anonymous, -1, 0);
        if (address == (byte*)-1) return null;
        code.CopyTo(new Span<byte>(address, code.Length));
        if (Mprotect(address, (nuint)code.Length, Read | Execute) == 0) return address;
        _ = Munmap(address, (nuint)code.Length);
        return null;
    }

    private static byte* PlaceWindows(ReadOnlySpan<byte> code)
    {
        const uint CommitReserve = 0x3000, Release = 0x8000, ReadWrite = 0x04, ExecuteRead = 0x20; // memoryapi.h
        var address = VirtualAlloc(null, (nuint)code.Length, CommitReserve, ReadWrite);
        if (address == null) return null;
        code.CopyTo(new Span<byte>(address, code.Length));
        if (VirtualProtect(address, (nuint)code.Length, ExecuteRead, out _) != 0
            && FlushInstructionCache(GetCurrentProcess(), address, (nuint)code.Length) != 0) return address;
        _ = VirtualFree(address, 0, Release);
        return null;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial byte* Mmap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Mprotect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Munmap(void* address, nuint length);

    [LibraryImport("kernel32")]
    private static partial byte* VirtualAlloc(void* address, nuint length, uint type, uint protection);

    [LibraryImport("kernel32")]
    private static partial int VirtualProtect(void* address, nuint length, uint protection, out uint old);

    [LibraryImport("kernel32")]
    private static partial int VirtualFree(void* address, nuint length, uint type);

    [LibraryImport("kernel32")]
    private static partial int FlushInstructionCache(nint process, void* address, nuint length);

    [LibraryImport("kernel32")]
    private static partial nint GetCurrentProcess();
}
