using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;

namespace Tessera.Tensors.Tests.Kernels;

public sealed class MachineProbeTests
{
    [Fact]
    public void PeaksAreThoseOfAComputer()
    {
        using var pool = new ComputePool(1);
        // Between a multiply-add per 10 ns and 10,000 per ns.
        MachineProbe.MeasureFloatPeak(pool).ShouldBeInRange(1e8, 1e13);
        MachineProbe.MeasureIntegerPeak(pool).ShouldBeInRange(1e8, 1e13);
    }

    [Fact]
    public void TheProcessorAndItsKernelsHaveNames()
    {
        MachineProbe.Processor.ShouldNotBeNullOrWhiteSpace();
        MachineProbe.Kernels.ShouldBe(KernelTable.Process.Description);
    }
}
