using Tessera.Learning.Data;
using Tessera.Learning.Optimisers;
using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Threads;

namespace Tessera.Learning.Training;

/// <summary>
/// The training loop: windows in, gradients by the tape, clipping, AdamW. Which windows a step sees and what it does with them is a pure
/// function of the data, the seed and the step, so that a run that stops and resumes ends with the same bits as one that does not.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly LanguageModel _model;
    private readonly TokenWindows _data;
    private readonly TokenWindows? _heldOut;
    private readonly TrainerOptions _options;
    private readonly TimeProvider _clock;
    private readonly Parameter[] _parameters;
    private readonly AdamW _optimiser;
    private readonly Tape _tape;
    private readonly Pass _training;
    private readonly Pass _evaluation;
    private readonly Sequence[] _sequences;
    private readonly RowBatch _rows = new();

    /// <summary>Prepares a run from a model whose weights are owned F32 tensors.</summary>
    /// <param name="model">The model; all of its weights are trained.</param>
    /// <param name="data">What it is trained on.</param>
    /// <param name="options">How.</param>
    /// <param name="heldOut">What it is evaluated on, or null.</param>
    /// <param name="pool">The threads; the process's pool if null.</param>
    /// <param name="clock">The clock that speeds are measured by; the system's if null.</param>
    public Trainer(LanguageModel model, TokenWindows data, TrainerOptions options, TokenWindows? heldOut = null, ComputePool? pool = null, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MicroBatchSize, 1);
        if (options.BatchSize % options.MicroBatchSize != 0) throw new ArgumentException("The batch is a whole number of micro-batches.", nameof(options));
        _model = model;
        _data = data;
        _heldOut = heldOut;
        _options = options;
        _clock = clock ?? TimeProvider.System;
        _parameters = [.. model.Parameters.Values.OrderBy(p => p.Name, StringComparer.Ordinal)];
        foreach (var parameter in _parameters) parameter.Train();
        _optimiser = new AdamW(_parameters, options.Optimiser);
        _tape = new Tape(pool);
        _training = new Pass(new PassOptions { Tape = _tape, Pool = pool });
        _evaluation = new Pass(new PassOptions { Arithmetic = Tensors.Kernels.Arithmetic.Exact, Pool = pool });
        _sequences = new Sequence[options.MicroBatchSize];
        for (var i = 0; i < _sequences.Length; i++) _sequences[i] = model.NewSequence(SequenceOptions.Exact);
    }

    /// <summary>The optimiser, whose step is the run's.</summary>
    public AdamW Optimiser => _optimiser;

    /// <summary>Trains to the schedule's end, from where a checkpoint left off if there is one.</summary>
    /// <param name="progress">Told after every step.</param>
    /// <param name="cancellation">Ends the run between steps, with a checkpoint where a directory is set.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Run(IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        var checkpoint = _options.CheckpointDirectory is { } directory ? new Checkpoint(directory) : null;
        checkpoint?.TryRestore(_optimiser);
        var first = _optimiser.Step;
        var start = _clock.GetTimestamp();
        for (var total = _options.Schedule.TotalSteps; _optimiser.Step < total;)
        {
            if (cancellation.IsCancellationRequested)
            {
                checkpoint?.Save(_optimiser);
                cancellation.ThrowIfCancellationRequested();
            }

            var rate = _options.Schedule.At(_optimiser.Step);
            var loss = Gradients(_optimiser.Step);
            var norm = GradientClipping.ByNorm(_parameters, _options.MaxGradientNorm);
            if (!double.IsFinite(norm)) throw new ArithmeticException($"The gradients of step {_optimiser.Step} are not finite (loss {loss}).");
            _optimiser.Update(rate);
            var step = _optimiser.Step;
            var last = step == total;
            double? heldOut = _heldOut is not null && (last || step % _options.EvaluateEvery == 0) ? Evaluate(_heldOut) : null;
            if (last || step % _options.CheckpointEvery == 0) checkpoint?.Save(_optimiser);
            var seconds = _clock.GetElapsedTime(start).TotalSeconds / (step - first);
            progress?.Report(new TrainingProgress(
                step, total, loss, heldOut, rate, norm, _options.BatchSize * (double)_data.Length / seconds, TimeSpan.FromSeconds(seconds * (total - step))));
        }
    }

    /// <summary>The mean loss over windows, in nats a token.</summary>
    public double Evaluate(TokenWindows windows)
    {
        ArgumentNullException.ThrowIfNull(windows);
        var sum = 0.0;
        for (var first = 0; first < windows.Count; first += _sequences.Length)
        {
            var count = Math.Min(_sequences.Length, windows.Count - first);
            sum += Loss(_evaluation, windows, first, count, 1f / windows.Length).Total;
        }

        return sum / windows.Count;
    }

    /// <summary>Frees scratch, moments and states; the model stays, with its gradients dropped.</summary>
    public void Dispose()
    {
        foreach (var sequence in _sequences) sequence.Dispose();
        _training.Dispose();
        _evaluation.Dispose();
        _tape.Dispose();
        _optimiser.Dispose();
        foreach (var parameter in _parameters) parameter.Freeze();
    }

    // Fills the gradients of one step; returns its mean loss.
    private double Gradients(int step)
    {
        _optimiser.ClearGradients();
        var sum = 0.0;
        for (var done = 0; done < _options.BatchSize; done += _options.MicroBatchSize)
        {
            var (value, loss) = Loss(_training, _data, (long)step * _options.BatchSize + done, _options.MicroBatchSize, 1f / (_options.BatchSize * _data.Length));
            _tape.Backward(value);
            sum += loss;
        }

        return sum;
    }

    // The loss of some windows side by side in one pass, every token weighted alike.
    private unsafe (Value Value, double Total) Loss(Pass pass, TokenWindows windows, long first, int count, float weight)
    {
        _rows.Clear();
        var targets = new int[count * windows.Length];
        for (var i = 0; i < count; i++)
        {
            var window = windows[first + i];
            _sequences[i].Truncate(0);
            _rows.Add(_sequences[i], window[..^1]);
            window[1..].CopyTo(targets.AsSpan(i * windows.Length));
        }

        var weights = new float[targets.Length];
        Array.Fill(weights, weight);
        var hidden = _model.Run(pass, _rows);
        var loss = pass.CrossEntropy(hidden, _model.Head, targets, weights);
        return (loss, loss.Data[0]);
    }
}
