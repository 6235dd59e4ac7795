using Tessera.Tensors;
using Tessera.Tensors.Formats;
using Tessera.Tensors.Threads;

namespace Tessera.Models.Files;

/// <summary>
/// Writes a GGUF file's matrices in another format. Vectors stay F32. Where rows are no whole number of blocks, the nearest format with
/// shorter blocks is taken, as llama.cpp does (llama-quant.cpp); the head's matrix, on which every logit depends, gets at least six bits
/// unless the plan is pure. Metadata is carried over, <c>general.file_type</c> set anew.
/// </summary>
public sealed class GgufQuantiser
{
    private const string Embedding = "token_embd.weight", Head = "output.weight";
    private readonly GgufFile _file;
    private readonly TensorFormat _format;

    /// <summary>Plans the work; nothing is read or written yet.</summary>
    /// <param name="file">The file; stays open until <see cref="Save"/> has returned.</param>
    /// <param name="format">The format for matrices.</param>
    /// <param name="pure">Whether the head's matrix is written in that format too, however coarse. Default false.</param>
    /// <exception cref="ArgumentException">The format can't be written.</exception>
    public GgufQuantiser(GgufFile file, TensorFormat format, bool pure = false)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!BlockFormat.CanQuantise(format)) throw new ArgumentException($"{format} can be read but not written", nameof(format));
        (_file, _format) = (file, format);
        var head = file.Tensors.ContainsKey(Head) ? Head : Embedding;
        Tensors = [.. file.Tensors.Values.Select(tensor => Plan(tensor, !pure && tensor.Name == head))];
    }

    /// <summary>What will be done with each tensor, in the order of the file.</summary>
    public IReadOnlyList<QuantisedTensor> Tensors { get; }

    /// <summary>Bytes of all tensors as they will be written.</summary>
    public long WeightBytes => Tensors.Sum(t => BlockFormat.Of(t.Target).ByteLengthOf(_file.Tensors[t.Name].Shape.Span));

    /// <summary>Does the work and writes the result; the file appears when it is complete.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="pool">The threads; the process's if null.</param>
    /// <param name="progress">Told after each tensor how many are done; may be null.</param>
    /// <param name="cancellation">Seen between tensors and within one; nothing is left behind.</param>
    /// <exception cref="MalformedInputException">A tensor holds NaN or an infinity, which would spoil a whole block.</exception>
    /// <exception cref="IOException">The file can't be written.</exception>
    public void Save(string path, ComputePool? pool = null, Action<int>? progress = null, CancellationToken cancellation = default)
    {
        pool ??= ComputePool.Shared;
        var writer = new GgufWriter();
        foreach (var key in _file.Metadata.Keys)
        {
            if (key is not ("general.file_type" or "general.quantization_version")) writer.Add(key, _file.Metadata[key]);
        }

        if (FileType(_format) is { } type) writer.Add("general.file_type", GgufValue.Of(type));
        writer.Add("general.quantization_version", GgufValue.Of(2u)); // ggml's GGML_QNT_VERSION
        var done = 0;
        Tensor? last = null;
        foreach (var plan in Tensors)
        {
            writer.Add(plan.Name, plan.Target, _file.Tensors[plan.Name].Shape.Span, () =>
            {
                cancellation.ThrowIfCancellationRequested();
                last?.Free(); // it has been written by now
                progress?.Invoke(done++);
                var source = _file.GetTensor(plan.Name);
                return plan.Target == plan.Source ? source : last = Convert(plan, source, pool, cancellation);
            });
        }

        writer.Save(path);
        last?.Free();
        progress?.Invoke(done);
    }

    private QuantisedTensor Plan(TensorInfo tensor, bool isHead)
    {
        if (tensor.Format is TensorFormat.I8 or TensorFormat.I16 or TensorFormat.I32 or TensorFormat.I64 or TensorFormat.F64)
            return new(tensor.Name, tensor.Format, tensor.Format, "its numbers are no weights");
        if (tensor.ByteLength == 0) return new(tensor.Name, tensor.Format, tensor.Format, null);
        if (tensor.Shape.Length < 2) return new(tensor.Name, tensor.Format, TensorFormat.F32, null);
        var (target, reason) = (_format, (string?)null);
        if (isHead && BlockFormat.Of(target) is var facts && facts.BlockBytes * 8.0 / facts.BlockLength < 6)
            (target, reason) = (TensorFormat.Q6_K, "every logit depends on it");
        var row = tensor.Shape.Span[^1];
        while (row % BlockFormat.Of(target).BlockLength != 0)
        {
            reason = $"rows of {row} are no whole number of blocks of {BlockFormat.Of(target).BlockLength}";
            target = Shorter(target);
        }

        return new(tensor.Name, tensor.Format, target, reason);
    }

    private static TensorFormat Shorter(TensorFormat format) => format switch
    {
        TensorFormat.Q2_K or TensorFormat.Q3_K or TensorFormat.TQ1_0 or TensorFormat.TQ2_0 or TensorFormat.Q1_0 => TensorFormat.Q4_0,
        TensorFormat.IQ4_XS => TensorFormat.IQ4_NL,
        TensorFormat.Q4_K => TensorFormat.Q5_0,
        TensorFormat.Q5_K => TensorFormat.Q5_1,
        TensorFormat.Q6_K or TensorFormat.Q8_K => TensorFormat.Q8_0,
        _ => TensorFormat.F16,
    };

    // The numbers of llama.cpp's enum llama_ftype (llama.h) for files that are mostly of one format.
    private static uint? FileType(TensorFormat format) => format switch
    {
        TensorFormat.F32 => 0, TensorFormat.F16 => 1, TensorFormat.Q4_0 => 2, TensorFormat.Q4_1 => 3, TensorFormat.Q8_0 => 7,
        TensorFormat.Q5_0 => 8, TensorFormat.Q5_1 => 9, TensorFormat.Q2_K => 10, TensorFormat.Q3_K => 11, TensorFormat.Q4_K => 14,
        TensorFormat.Q5_K => 16, TensorFormat.Q6_K => 18, TensorFormat.IQ4_NL => 25, TensorFormat.IQ4_XS => 30, TensorFormat.BF16 => 32,
        _ => null,
    };

    private Tensor Convert(QuantisedTensor plan, Tensor source, ComputePool pool, CancellationToken cancellation)
    {
        var target = Tensor.Create(plan.Target, source.Shape.Span);
        var row = checked((int)source.Shape.Span[^1]);
        var job = new RowsJob(source, target, row, cancellation);
        try
        {
            pool.For((int)((source.Count / row + RowsJob.Rows - 1) / RowsJob.Rows), ref job);
        }
        catch (ArgumentException e) // the quantiser's word on NaN and infinities
        {
            target.Free();
            throw new MalformedInputException(_file.Path, plan.Name, e.Message, e);
        }
        catch
        {
            target.Free();
            throw;
        }

        return target;
    }

    private readonly unsafe struct RowsJob(Tensor source, Tensor target, int row, CancellationToken cancellation) : IParallelJob
    {
        public const int Rows = 16;

        public void Run(int part, int worker)
        {
            cancellation.ThrowIfCancellationRequested();
            var facts = BlockFormat.Of(target.Format);
            var bytes = row / facts.BlockLength * facts.BlockBytes;
            var values = new float[row];
            for (var r = (long)part * Rows; r < Math.Min((part + 1L) * Rows, source.Count / row); r++)
            {
                source.CopyRowTo(r, values);
                BlockFormat.Quantise(target.Format, values, new Span<byte>(target.Data + r * bytes, bytes));
            }
        }
    }
}
