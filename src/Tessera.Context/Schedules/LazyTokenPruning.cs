using System.Globalization;
using Tessera.Models.Attention;
using Tessera.Models.Passes;

namespace Tessera.Context.Schedules;

/// <summary>
/// Later layers run only the tokens that matter for the next one (Fu et al. 2024, "LazyLLM: Dynamic Token Pruning for Efficient Long Context
/// LLM Inference", arXiv 2407.14057). Behind chosen layers the tokens with the least attention from the newest token drop out of the pass;
/// their hidden states wait, and a later step that ranks them higher lets them go on where they stopped. So the first token of a long prompt
/// comes sooner, and no token runs twice through a layer. Knows nothing about caches or rows: it ranks, the pass carries out.
/// </summary>
/// <remarks>
/// A step is a pass: the prompt should come in one. The newest token runs through all layers. With fractions of 1 every result is the plain
/// one, bit for bit; otherwise results differ from the plain model's, since tokens see fewer others.
/// </remarks>
[Method("lazyllm", "LazyLLM: Dynamic Token Pruning for Efficient Long Context LLM Inference", "2407.14057", 2024, MethodStage.Schedule)]
public sealed class LazyTokenPruning : LayerSchedule
{
    private static readonly ObservationRequest s_lastRow = new() { LastRow = true };
    private readonly LazyTokenPruningOptions _options;
    private readonly (double Depth, double Fraction)[] _pairs;
    private readonly double[]? _given; // fractions by layer, where they were given so
    private double[] _fractions = [];
    private int[] _active = []; // S of the layer at hand, increasing
    private int _count;
    private int[] _run = [];
    private int[] _read = [];
    private double[] _scores = []; // by place in _active
    private int[] _order = [];
    private bool _ranks; // whether this pass chooses

    /// <summary>Creates the schedule of one sequence.</summary>
    /// <param name="options">The settings; the defaults if null.</param>
    /// <exception cref="ArgumentException">A depth or fraction is outside (0, 1], depths do not increase, or fractions do.</exception>
    public LazyTokenPruning(LazyTokenPruningOptions? options = null)
    {
        _options = options ?? new LazyTokenPruningOptions();
        ArgumentOutOfRangeException.ThrowIfNegative(_options.MinTokens, nameof(options));
        _pairs = Parse(_options.Keep);
    }

    private LazyTokenPruning(LazyTokenPruningOptions options, double[]? fractions)
        : this(options) => _given = fractions;

    /// <summary>A schedule with a fraction for each layer.</summary>
    /// <param name="fractions">The share of all tokens that stays behind each layer, in (0, 1], never increasing; the last layer's is of no effect.</param>
    /// <param name="options">The other settings; <see cref="LazyTokenPruningOptions.Keep"/> is not read.</param>
    public static LazyTokenPruning ByLayer(IReadOnlyList<double> fractions, LazyTokenPruningOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(fractions);
        for (var layer = 0; layer < fractions.Count; layer++)
        {
            CheckFraction(fractions[layer]);
            if (layer > 0 && fractions[layer] > fractions[layer - 1]) throw Increases();
        }

        return new LazyTokenPruning(options ?? new LazyTokenPruningOptions(), [.. fractions]);
    }

    /// <inheritdoc/>
    protected override LazyTokenPruning Copy() => new(_options, _given);

    /// <inheritdoc/>
    public override LayerPlan Plan(in ScheduleStep step)
    {
        if (_options.Static && step.Sequence.Length > 0)
        {
            _ranks = false;
            return LayerPlan.All; // what is cached in a layer is what the prompt chose, and all that came after it
        }

        if (step.IsFirst) Begin(step);
        if (_count == step.Tokens && step.WaitingCount == 0) return LayerPlan.All;
        var stream = step.Stream;
        var (runs, reads, at) = (0, 0, 0);
        for (var i = 0; i < _count; i++)
        {
            var token = _active[i];
            while (at < stream.Length && stream[at] < token) at++;
            if (at < stream.Length && stream[at] == token || step.WaitingCount > 0 && step.WaitsBefore(token) == step.Layer) _run[runs++] = token;
            else _read[reads++] = token;
        }

        return LayerPlan.Run(_run.AsSpan(0, runs), LeftOutRows.Wait).Reading(_read.AsSpan(0, reads));
    }

    /// <inheritdoc/>
    public override ObservationRequest? Observe(in ScheduleStep step) => _ranks && Target(step) < _count ? s_lastRow : null;

    /// <inheritdoc/>
    public override void After(in ScheduleStep step, AttentionObservations figures)
    {
        ArgumentNullException.ThrowIfNull(figures);
        var seen = step.Seen;
        var (newest, target) = (step.Tokens - 1, Target(step));
        for (var slot = 0; slot < seen.Length; slot++)
        {
            var place = _active.AsSpan(0, _count).BinarySearch(seen[slot]);
            if (place >= 0) _scores[place] = Score(step, figures, slot, seen[slot]);
        }

        for (var place = 0; place < _count; place++)
        {
            _order[place] = place;
            if (_active[place] == newest) _scores[place] = double.PositiveInfinity;
            else if (_active[place] == 0 && _options.ProtectFirst) _scores[place] = double.MaxValue;
        }

        // The highest stay, the earlier token among equals.
        _order.AsSpan(0, _count).Sort((a, b) => _scores[a] != _scores[b] ? _scores[b].CompareTo(_scores[a]) : a.CompareTo(b));
        _order.AsSpan(0, target).Sort();
        for (var i = 0; i < target; i++) _active[i] = _active[_order[i]];
        _count = target;
    }

    private void Begin(in ScheduleStep step)
    {
        if (_fractions.Length != step.Layers) _fractions = ByLayer(step.Layers);
        if (_active.Length < step.Tokens)
        {
            var size = Math.Max(step.Tokens, _active.Length * 2);
            (_active, _run, _read, _scores, _order) = (new int[size], new int[size], new int[size], new double[size], new int[size]);
        }

        _ranks = step.Tokens >= _options.MinTokens;
        _count = step.Tokens;
        for (var token = 0; token < _count; token++) _active[token] = token;
    }

    // How many tokens are active behind a layer.
    private int Target(in ScheduleStep step)
    {
        var wanted = Math.Max(1, (int)Math.Ceiling(_fractions[step.Layer] * step.Tokens));
        if (_options.ProtectFirst && step.Tokens > 1) wanted = Math.Max(2, wanted);
        return step.Layer == step.Layers - 1 ? _count : Math.Min(_count, wanted);
    }

    private double Score(in ScheduleStep step, AttentionObservations figures, int slot, int token)
    {
        if (_options.Ranking == TokenRanking.Random)
            return new RandomKey(_options.Seed, (uint)step.Tokens, (uint)step.Layer, RandomPurpose.Shuffle).Uniform((uint)token);
        var sum = 0.0;
        for (var head = 0; head < figures.Heads; head++) sum += figures.LastRow(head)[slot];
        return sum / figures.Heads;
    }

    private double[] ByLayer(int layers)
    {
        if (_given is not null)
            return _given.Length == layers ? _given : throw new ArgumentException($"{_given.Length} fractions were given for a model of {layers} layers.");
        var fractions = new double[layers];
        Array.Fill(fractions, 1);
        foreach (var (depth, fraction) in _pairs) fractions.AsSpan(Math.Max(0, (int)Math.Round(depth * layers) - 1)).Fill(fraction);
        return fractions;
    }

    private static (double Depth, double Fraction)[] Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var pairs = new List<(double Depth, double Fraction)>();
        foreach (var part in text.Split('/', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.Split(':') is not [var depth, var fraction] || !Read(depth, out var d) || !Read(fraction, out var f))
                throw new ArgumentException($"What stays is written depth:fraction/depth:fraction…; '{part}' is not.");
            if (!(d > 0 && d <= 1)) throw new ArgumentException($"A depth is a share of the layers, in (0, 1]; {d} is not.");
            CheckFraction(f);
            if (pairs.Count > 0 && d <= pairs[^1].Depth) throw new ArgumentException("Depths increase.");
            if (pairs.Count > 0 && f > pairs[^1].Fraction) throw Increases();
            pairs.Add((d, f));
        }

        return [.. pairs];

        static bool Read(string text, out double value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }

    private static void CheckFraction(double fraction)
    {
        if (!(fraction > 0 && fraction <= 1)) throw new ArgumentException($"The share of tokens that stays is in (0, 1]; {fraction} is not.");
    }

    private static ArgumentException Increases() =>
        new("The share of tokens that stays can't increase with depth: a deeper layer would ask for tokens that have not come so far.");
}
