// Measures the matrix products in the shapes of SmolLM2-135M: all 30 layers one after another, so that weights come from memory as
// they do in a model. Usage: Tessera.Kernels.Measure [formats] [rows] [threads] [modes] [layers], each a comma-separated list, e.g.
//   Tessera.Kernels.Measure Q4_1,Q8_0 1,4,16,512 1,2 fast
// One layer (no head) keeps the weights in the cache. Prints, best of the repeats: milliseconds per pass, multiply-adds and weight bytes per second, tokens per second of products alone.
using System.Diagnostics;
using Tessera.Kernels.Measure;
using Tessera.Tensors;
using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;

var formats = List(0, "Q4_1,Q8_0").Select(Enum.Parse<TensorFormat>).ToArray();
var rowCounts = List(1, "1,4,16,512").Select(int.Parse).ToArray();
var threadCounts = List(2, "1,2").Select(int.Parse).ToArray();
var layers = int.Parse(List(4, "30")[0]);
var modes = List(3, "fast").Select(m => Enum.Parse<Arithmetic>(m, ignoreCase: true)).ToArray();

var preparation = Stopwatch.StartNew();
var kernels = MachineProbe.Kernels;
Console.WriteLine($"{MachineProbe.Processor}; kernels: {kernels}, first made in {preparation.ElapsedMilliseconds} ms");

foreach (var threads in threadCounts)
{
    using var pool = new ComputePool(threads);
    var bandwidth = MachineProbe.MeasureReadBandwidth(pool) / 1e9;
    Console.WriteLine($"{threads} threads: read {bandwidth:F1} GB/s, F32 {MachineProbe.MeasureFloatPeak(pool) / 1e9:F0} GMAC/s, int8 {MachineProbe.MeasureIntegerPeak(pool) / 1e9:F0} GMAC/s in cache");
    foreach (var format in formats)
    {
        using var model = new ModelShapes(format, pool, layers);
        if (modes.Contains(Arithmetic.Exact) && rowCounts.Contains(512))
        {
            Console.WriteLine($"{format,-5} dy·W  {threads} threads  512 rows: {model.BestTransposed() / 1e9,7:F1} GMAC/s");
            if (format == TensorFormat.F32) Console.WriteLine($"{format,-5} dyᵀ·x {threads} threads  512 rows: {model.BestOuter() / 1e9,7:F1} GMAC/s");
        }

        foreach (var mode in modes)
        {
            foreach (var rows in rowCounts)
            {
                var seconds = model.Best(rows, mode);
                var macs = (double)model.Weights * rows;
                Console.WriteLine(
                    $"{format,-5} {mode,-5} {threads} threads {rows,4} rows: {1e3 * seconds,8:F2} ms {macs / seconds / 1e9,7:F1} GMAC/s " +
                    $"{model.Bytes / seconds / 1e9,6:F1} GB/s ({100 * model.Bytes / seconds / 1e9 / bandwidth,3:F0} %) {rows / seconds,8:F0} tok/s");
            }
        }
    }
}

string[] List(int index, string standard) => (args.Length > index ? args[index] : standard).Split(',');
