using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;

namespace Tessera.Tensors.Tests.Kernels;

/// <summary>
/// Runs products in child processes with instruction sets switched off: the numbers must not change, and the right kernels must be chosen.
/// A child is this test assembly, told to run <see cref="TheProcessKernelsGiveTheScalarNumbers"/> alone and to write down what it found.
/// </summary>
public sealed unsafe class InstructionSetTests
{
    private const string ReportVariable = "TESSERA_TEST_REPORT";

    public static bool HasVnni => KernelTable.IsSupported(KernelPath.Assembled);

    public static bool HasAvx512 => KernelTable.IsSupported(KernelPath.Avx512);

    public static bool HasAvx2 => KernelTable.IsSupported(KernelPath.Avx2);

    [Theory]
    [InlineData("DOTNET_TieredPGO=0", "avx512 + assembled vnni", Skip = "needs AVX-512 VNNI", SkipUnless = nameof(HasVnni))]
    [InlineData("TESSERA_ASSEMBLED_KERNELS=0", "avx512", Skip = "needs AVX-512", SkipUnless = nameof(HasAvx512))]
    [InlineData("DOTNET_EnableAVX512=0", "avx2", Skip = "needs AVX2", SkipUnless = nameof(HasAvx2))]
    [InlineData("DOTNET_EnableAVX2=0", "128-bit vectors")]
    [InlineData("DOTNET_EnableHWIntrinsic=0", "128-bit vectors")]
    [InlineData("TESSERA_KERNELS=scalar", "scalar")]
    public void ProductsKeepTheirBitsWithoutAnInstructionSet(string variable, string kernels)
    {
        var report = RunChild(variable);
        report[0].ShouldStartWith(kernels);
        report[1].ShouldBe(Digest(KernelTable.Of(KernelPath.Scalar)));
    }

    [Fact]
    public void AForcedPathWithoutANameIsRefused() => RunChild("TESSERA_KERNELS=avx1024")[0].ShouldContain("names no kernels");

    [Fact]
    public void TheProcessKernelsGiveTheScalarNumbers()
    {
        var report = Environment.GetEnvironmentVariable(ReportVariable);
        try
        {
            var digest = Digest(KernelTable.Process);
            if (report is null) digest.ShouldBe(Digest(KernelTable.Of(KernelPath.Scalar)));
            else File.WriteAllLines(report, [MachineProbe.Kernels, digest]);
        }
        catch (InvalidOperationException e) when (report is not null)
        {
            File.WriteAllLines(report, [e.Message]);
        }
    }

    private static string[] RunChild(string variable)
    {
        var report = Path.GetTempFileName();
        try
        {
            var program = typeof(InstructionSetTests).Assembly.Location;
            var start = new ProcessStartInfo(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), OperatingSystem.IsWindows() ? "../../../dotnet.exe" : "../../../dotnet"))
            {
                ArgumentList = { program, "-noLogo", "-method", $"{typeof(InstructionSetTests).FullName}.{nameof(TheProcessKernelsGiveTheScalarNumbers)}" },
                Environment = { [ReportVariable] = report, [variable.Split('=')[0]] = variable.Split('=')[1] },
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var child = Process.Start(start)!;
            var output = child.StandardOutput.ReadToEnd() + child.StandardError.ReadToEnd();
            child.WaitForExit();
            var lines = File.ReadAllLines(report);
            lines.ShouldNotBeEmpty(output);
            return lines;
        }
        finally
        {
            File.Delete(report);
        }
    }

    // The bits of small products in every format and both modes.
    private static string Digest(KernelTable table)
    {
        const int Outputs = 20, Columns = 256, Rows = 5;
        using var pool = new ComputePool(1);
        using var scratch = new ActivationScratch();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        float[] x = TestMatrices.Numbers(Rows * Columns, 2), y = new float[Rows * Outputs];
        foreach (var format in TestMatrices.IntegerFormats.Concat(TestMatrices.FloatFormats))
        {
            foreach (var wide in new[] { false, true })
            {
                using var matrix = PackedMatrix.Pack(TestMatrices.Weights(format, Outputs, Columns), pool, wide);
                foreach (var mode in Enum.GetValues<Arithmetic>())
                {
                    fixed (float* px = x, py = y) MatrixProduct.Multiply(table, pool, mode, px, Rows, Columns, [new MatrixTarget(matrix, py, Outputs)], scratch);
                    hash.AppendData(MemoryMarshal.AsBytes<float>(y));
                }
            }
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
