using Tessera.Tensors.Kernels;
using Tessera.Tensors.Kernels.Assembled;

namespace Tessera.Tensors.Tests.Kernels;

public sealed unsafe class AssembledKernelTests
{
    [Fact]
    public void EveryKernelIsMadeAndPassesItsCheck()
    {
        Assert.SkipUnless(KernelTable.IsSupported(KernelPath.Assembled), "this processor lacks AVX-512 VNNI");
        foreach (var source in Enum.GetValues<IntegerSource>())
        {
            AssembledKernel.Create(source, false).ShouldNotBeNull($"{source}, 8 bits");
            AssembledKernel.Create(source, true).ShouldNotBeNull($"{source}, 16 bits");
        }
    }

    [Fact]
    public void TheCheckFindsAWrongKernel()
    {
        Assert.SkipUnless(KernelTable.IsSupported(KernelPath.Assembled), "this processor lacks AVX-512 VNNI");
        KernelCheck.Agrees(AssembledKernel.Create(IntegerSource.Bytes, false)!, IntegerSource.Symmetric, false).ShouldBeFalse();
        KernelCheck.Agrees(AssembledKernel.Create(IntegerSource.Minimum, false)!, IntegerSource.Symmetric, false).ShouldBeFalse();
    }

    [Fact]
    public void TheWindowsVariantSavesWhatTheSystemVariantMayChange()
    {
        foreach (var source in Enum.GetValues<IntegerSource>())
        {
            var windows = IntegerAssembler.Assemble(source, false, 3, windows: true);
            var unix = IntegerAssembler.Assemble(source, false, 3, windows: false);
            // Two more pushes and pops, the stack pointer down and up, ten registers stored and loaded.
            windows.Length.ShouldBeGreaterThan(unix.Length + 80);
        }
    }

    [Fact]
    public void PlacedMemoryCanBeReadButNotWritten()
    {
        byte[] code = [0xB8, 42, 0, 0, 0, 0xC3]; // mov eax, 42; ret
        var address = ExecutableMemory.Place(code);
        Assert.SkipWhen(address == null, "this system refuses executable memory");
        new ReadOnlySpan<byte>(address, code.Length).SequenceEqual(code).ShouldBeTrue();
        if (!OperatingSystem.IsLinux()) return;
        var place = File.ReadLines("/proc/self/maps").Single(line =>
        {
            var range = line.Split(' ')[0].Split('-');
            var at = (ulong)address;
            return at >= Convert.ToUInt64(range[0], 16) && at < Convert.ToUInt64(range[1], 16);
        });
        place.Split(' ')[1].ShouldBe("r-xp");
    }
}
