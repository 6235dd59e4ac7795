using Tessera.Models.Passes;

namespace Tessera.Context.Schedules;

/// <summary>
/// Later tokens run fewer layers, by a budget that their position alone sets (Del Corro et al. 2023, "SkipDecode: Autoregressive Skip Decoding
/// with Batching and Caching for Efficient LLM Inference", arXiv 2307.02628). A token runs the first layers and the last ones, and passes the
/// layers between unchanged; since the number never grows, whatever a layer runs finds all earlier tokens of that layer cached.
/// </summary>
/// <remarks>Quality at a high speed needs a model that was fine-tuned under the schedule; the training pass is the same pass under a tape.</remarks>
[Method("skipdecode", "SkipDecode: Autoregressive Skip Decoding with Batching and Caching for Efficient LLM Inference", "2307.02628", 2023, MethodStage.Schedule)]
public sealed class SkipDecode : LayerSchedule
{
    private readonly int _warmUp;
    private readonly double _most;
    private readonly double _least;
    private readonly int _start;
    private readonly int _length;
    private readonly int[]? _counts; // by position, where they were given
    private int _prompt = -1;
    private int[] _run = [];

    /// <summary>Creates the schedule of one sequence: a linear decay.</summary>
    /// <param name="most">Share of the layers that run up to the start, in (0, 1]. Default 0.75.</param>
    /// <param name="least">Share of the layers that run from the end on, in (0, most]. Default 0.25; with <paramref name="most"/> about twice the speed.</param>
    /// <param name="warmUp">How many first layers always run, at least 0. Default 1.</param>
    /// <param name="start">The position up to which most layers run; -1, the default, for the length of the first pass: the prompt.</param>
    /// <param name="length">Positions from the start to the end, at least 1. Default 256.</param>
    /// <exception cref="ArgumentException">A value is out of range, or the number of layers would grow.</exception>
    public SkipDecode(double most = 0.75, double least = 0.25, int warmUp = 1, int start = -1, int length = 256)
    {
        if (!(most > 0 && most <= 1)) throw new ArgumentOutOfRangeException(nameof(most), most, "A share of the layers is in (0, 1].");
        if (!(least > 0 && least <= most)) throw new ArgumentOutOfRangeException(nameof(least), least, "Fewer layers run at the end than at the start: cached layers would have holes.");
        ArgumentOutOfRangeException.ThrowIfNegative(warmUp);
        ArgumentOutOfRangeException.ThrowIfLessThan(start, -1);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        (_most, _least, _warmUp, _start, _length) = (most, least, warmUp, start, length);
    }

    private SkipDecode(int[] counts, int warmUp)
        : this(warmUp: warmUp) => _counts = counts;

    /// <summary>A schedule with the number of layers for each position.</summary>
    /// <param name="counts">How many layers run; never growing, and never fewer than the warm-up. The last one holds for later positions too.</param>
    /// <param name="warmUp">How many first layers always run.</param>
    public static SkipDecode ByPosition(IReadOnlyList<int> counts, int warmUp = 1)
    {
        ArgumentNullException.ThrowIfNull(counts);
        if (counts.Count == 0) throw new ArgumentException("At least one position.", nameof(counts));
        for (var i = 0; i < counts.Count; i++)
        {
            if (counts[i] < Math.Max(1, warmUp)) throw new ArgumentException($"Position {i} runs {counts[i]} layers, fewer than the warm-up.", nameof(counts));
            if (i > 0 && counts[i] > counts[i - 1]) throw new ArgumentException($"Position {i} runs more layers than the one before: cached layers would have holes.", nameof(counts));
        }

        return new SkipDecode([.. counts], warmUp);
    }

    /// <summary>The number of layers at each position of a linear decay: the most up to the start, the least from the end on.</summary>
    /// <param name="layers">Layers of the model.</param>
    /// <param name="warmUp">How many first layers always run, at least 0.</param>
    /// <param name="most">Layers up to the start, at most all.</param>
    /// <param name="least">Layers from the end on, more than the warm-up.</param>
    /// <param name="start">The position up to which the most run.</param>
    /// <param name="end">The position from which the least run, behind the start.</param>
    /// <param name="positions">How many positions are wanted.</param>
    public static int[] Decay(int layers, int warmUp, int most, int least, int start, int end, int positions)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(warmUp);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(most, layers);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(least, most);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(least, warmUp);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(end, start);
        ArgumentOutOfRangeException.ThrowIfNegative(positions);
        var counts = new int[positions];
        for (var t = 0; t < positions; t++) counts[t] = At(most, least, start, end, t);
        return counts;
    }

    /// <summary>Whether a layer runs where a number of layers do: it is among the first ones, or among the last of the rest.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="layers">Layers of the model.</param>
    /// <param name="warmUp">How many first layers always run.</param>
    /// <param name="count">How many layers run.</param>
    public static bool Runs(int layer, int layers, int warmUp, int count) => layer < warmUp || layer >= layers - (count - warmUp);

    /// <inheritdoc/>
    protected override SkipDecode Copy() => _counts is null ? new SkipDecode(_most, _least, _warmUp, _start, _length) { _prompt = _prompt } : new SkipDecode(_counts, _warmUp);

    /// <inheritdoc/>
    public override LayerPlan Plan(in ScheduleStep step)
    {
        if (step.Sequence.Length == 0) _prompt = step.NewTokens;
        if (_run.Length < step.Stream.Length) _run = new int[step.Stream.Length * 2];
        var count = 0;
        for (var i = 0; i < step.Stream.Length; i++)
        {
            if (Runs(step.Layer, step.Layers, _warmUp, CountAt(step.Positions[i], step.Layers))) _run[count++] = step.Stream[i];
        }

        return count == step.Stream.Length ? LayerPlan.All : LayerPlan.Run(_run.AsSpan(0, count), LeftOutRows.PassOn);
    }

    private int CountAt(int position, int layers)
    {
        if (_counts is not null)
        {
            var given = _counts[Math.Min(position, _counts.Length - 1)];
            return given <= layers ? given : throw new ArgumentException($"Position {position} runs {given} layers; the model has {layers}.");
        }

        var start = _start >= 0 ? _start : Math.Max(0, _prompt - 1);
        var (most, least) = (Math.Max(_warmUp + 1, (int)Math.Round(_most * layers)), Math.Max(_warmUp + 1, (int)Math.Round(_least * layers)));
        if (most > layers) throw new ArgumentException($"A warm-up of {_warmUp} layers leaves none to skip in a model of {layers}.");
        return At(most, least, start, start + _length, position);
    }

    private static int At(int most, int least, int start, int end, int position) =>
        position <= start ? most
        : position >= end ? least
        : (int)Math.Floor(most + (double)(least - most) * (position - start) / (end - start) + 0.5);
}
