using Tessera.Models.Hooks;
using Tessera.Tensors;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;

namespace Tessera.Models.Passes;

/// <summary>
/// One run of rows through a model: the coarse operations that modules call, and the memory that they work in. An operation takes its
/// output from the arena, runs the kernel and, where a tape is present, writes one record; it owns its fusion, its aliasing and its
/// backward, so that a module is written once for inference and training. Reusable and single-threaded: a session keeps one.
/// </summary>
/// <remarks>The operations stand in the partial files of this class, one per family, each beside its backward.</remarks>
public sealed unsafe partial class Pass : IDisposable
{
    private readonly Arena _arena = new();
    private readonly ActivationScratch _scratch = new();
    private readonly HookTable? _hooks;
    private readonly Tape? _tape;
    private readonly PassProfile? _profile;
    private CancellationToken _cancellation;
    private ScheduledRows? _schedules; // null where no sequence has a schedule
    private ScheduledRows? _spareSchedules;
    private bool _continues;

    /// <summary>Creates a pass.</summary>
    /// <param name="options">How it computes; fast, on the process's pool, if null.</param>
    public Pass(PassOptions? options = null)
    {
        options ??= new PassOptions();
        Arithmetic = options.Tape is null ? options.Arithmetic : Arithmetic.Exact; // gradients are of the exact function
        Pool = options.Pool ?? ComputePool.Shared;
        _hooks = options.Hooks;
        _tape = options.Tape;
        _profile = options.Profile;
    }

    /// <summary>Exact or fast.</summary>
    public Arithmetic Arithmetic { get; }

    /// <summary>The threads.</summary>
    public ComputePool Pool { get; }

    /// <summary>The rows that are running.</summary>
    public RowBatch Rows { get; private set; } = new();

    /// <summary>Bytes of native memory that the pass holds.</summary>
    public long ScratchBytes => _arena.CapacityBytes;

    // Counts the runs: values of another run are gone.
    internal int Run { get; private set; }

    /// <summary>
    /// Lets the next <see cref="Begin"/> go on where this run ends: nothing is released, and what it computes stands on the same tape. So that
    /// one backward goes through several runs: a decoder and the encoder that it reads, a model and what computed its weights.
    /// </summary>
    public void Continue() => _continues = true;

    /// <summary>Starts a pass over new rows; everything of the last one is released, unless <see cref="Continue"/> was called.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="cancellation">Seen between operations, so within a layer.</param>
    public void Begin(RowBatch rows, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (!_continues)
        {
            _arena.Reset();
            _tape?.Clear();
            Run++;
        }

        _continues = false;
        Rows = rows;
        _cancellation = cancellation;
        _schedules = null;
        foreach (var part in rows.Sequences)
        {
            if (part.Sequence.Schedule is null) continue;
            _schedules = _spareSchedules ??= new ScheduledRows();
            _schedules.Begin(this, rows);
            break;
        }
    }

    /// <summary>
    /// Makes a value take a gradient although nothing before it is trained: what a hook returns to have the loss's gradient at its point
    /// (<see cref="Tape.GradientOf"/> after the backward). Without a tape, or where the value takes a gradient already, the value itself.
    /// </summary>
    public Value Watch(Value value) => _tape is null || value.Node >= 0 ? value : new Value(value.Data, value.Rows, value.Width, _tape.NewNode());

    /// <summary>Lets the hooks of a point see, change or replace a value. Costs one branch where there are none.</summary>
    public Value Hook(HookPoint point, int layer, Value value) => _hooks is null ? value : _hooks.Run(this, point, layer, value);

    /// <summary>Refuses hooks at points that a stack does not have.</summary>
    /// <exception cref="NotSupportedException">There is one.</exception>
    internal void CheckHooks(Modules.Stack stack)
    {
        if (_hooks is null) return;
        foreach (var point in _hooks.Points)
        {
            if (!stack.Has(point)) throw new NotSupportedException($"{stack.Config.ModelType} has no {point}: a hook there would never be called.");
        }
    }

    // Whether hooks change activations.
    internal bool Edits => _hooks is { Edits: true };

    // What carries out the schedules of the pass's sequences, or null.
    internal ScheduledRows? Schedules => _schedules;

    // The rows that the operations are about from here on: those of a layer, or those that have come this far.
    internal void Over(RowBatch rows) => Rows = rows;

    internal bool Records => _tape is not null;

    /// <summary>A place to return to when a layer's intermediate values are no longer needed.</summary>
    public Arena.Mark Mark() => _arena.Here;

    /// <summary>
    /// Ends a layer: releases what was taken after <paramref name="mark"/> except <paramref name="result"/>, which may move.
    /// Under a tape nothing is released: the backward needs it.
    /// </summary>
    public Value Release(Arena.Mark mark, Value result)
    {
        if (_tape is not null) return result;
        var moves = _arena.IsAfter(mark, result.Data);
        _arena.Release(mark);
        if (!moves) return result;
        var kept = _arena.Floats(result.Count);
        if (kept != result.Data) Buffer.MemoryCopy(result.Data, kept, result.Count * sizeof(float), result.Count * sizeof(float));
        return new Value(kept, result.Rows, result.Width);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _arena.Dispose();
        _scratch.Dispose();
        _attention.Dispose();
    }

    // Measures until it is disposed, where somebody asked for it.
    private PassProfile.Timing Time(PassOperation operation) => _profile is null ? default : _profile.Start(operation);

    // Writes down an operation whose output takes a gradient.
    private void Record(in TapeRecord record)
    {
        if (record.Output.Node >= 0) _tape!.Record(record);
    }

    // The output of an operation; `takesGradient` says whether an input or a weight of it does.
    private Value Output(int rows, int width, bool takesGradient)
    {
        _cancellation.ThrowIfCancellationRequested();
        var node = _tape is not null && takesGradient ? _tape.NewNode() : -1;
        return new Value(_arena.Floats((long)rows * width), rows, width, node);
    }

    private void ForRows<TRow>(int rows, int width, ref TRow row) where TRow : struct, IRowKernel => ForRows(Pool, rows, width, ref row);

    // Runs one function over all rows, on all threads where there is enough to do.
    private static void ForRows<TRow>(ComputePool pool, int rows, int width, ref TRow row) where TRow : struct, IRowKernel
    {
        // 16,384 floats: below that, waking the other threads costs more than the work (measured, Zen 4, 2 threads).
        if ((long)rows * width < 16_384)
        {
            for (var r = 0; r < rows; r++) row.Run(r);
            return;
        }

        var job = new RowJob<TRow> { Row = row, Rows = rows, Block = (rows + pool.Threads * 4 - 1) / (pool.Threads * 4) };
        pool.For((rows + job.Block - 1) / job.Block, ref job);
    }

    private interface IRowKernel
    {
        void Run(int row);
    }

    private struct RowJob<TRow> : IParallelJob where TRow : struct, IRowKernel
    {
        public TRow Row;
        public int Rows;
        public int Block;

        public void Run(int part, int worker)
        {
            var end = Math.Min(Rows, (part + 1) * Block);
            for (var r = part * Block; r < end; r++) Row.Run(r);
        }
    }
}
