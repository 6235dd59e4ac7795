namespace Tessera.Models.Attention;

/// <summary>
/// What one attention call tells about the weights of one sequence's rows. Filled by the call, valid until the next one with the same object.
/// Slots count in the order in which they were read: those of the state after the pass's rows were appended, or of the chosen list and then
/// the pass's rows.
/// </summary>
public sealed class AttentionObservations
{
    private readonly Dictionary<int, int> _fullRows = [];
    private int[] _slots = [];
    private float[][] _columns = [];
    private float[][] _window = [];
    private float[][] _last = [];
    private float[][] _entropies = [];
    private float[][] _full = [];
    private float[][] _topWeights = [];
    private int[][] _topSlots = [];
    private float[][] _blocks = [];

    /// <summary>Creates an empty object for a request.</summary>
    public AttentionObservations(ObservationRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfNegative(request.WindowRows);
        ArgumentOutOfRangeException.ThrowIfNegative(request.TopKeys);
        ArgumentOutOfRangeException.ThrowIfNegative(request.BlockMax);
        Request = request;
    }

    /// <summary>What was asked for.</summary>
    public ObservationRequest Request { get; }

    /// <summary>Query heads.</summary>
    public int Heads { get; private set; }

    /// <summary>KV heads.</summary>
    public int KvHeads { get; private set; }

    /// <summary>Rows of the pass.</summary>
    public int Rows { get; private set; }

    /// <summary>The first block of rows that <see cref="BlockMaxima"/> has; blocks count from the state's first slot.</summary>
    public int FirstBlock { get; private set; }

    /// <summary>How many blocks of rows <see cref="BlockMaxima"/> has.</summary>
    public int Blocks => _blocks.Length;

    /// <summary>Slots that a KV head read.</summary>
    public int SlotCount(int kvHead) => _slots[kvHead];

    /// <summary>For each slot the sum of the weights that all rows gave it.</summary>
    public ReadOnlySpan<float> ColumnSums(int head) => Part(_columns, head, nameof(ObservationRequest.ColumnSums));

    /// <summary>For each slot the sum of the weights that the last rows gave it.</summary>
    public ReadOnlySpan<float> WindowColumnSums(int head) => Part(_window, head, nameof(ObservationRequest.WindowRows));

    /// <summary>The weights of the last row; 0 for slots that it did not see.</summary>
    public ReadOnlySpan<float> LastRow(int head) => Part(_last, head, nameof(ObservationRequest.LastRow));

    /// <summary>For each row the entropy of its weights, in nats.</summary>
    public ReadOnlySpan<float> RowEntropies(int head) => Part(_entropies, head, nameof(ObservationRequest.RowEntropies));

    /// <summary>The slots of a row's largest weights, largest first, the lower slot first among equals; -1 where it sees fewer.</summary>
    public ReadOnlySpan<int> TopSlots(int head, int row) =>
        Asked(_topSlots, nameof(ObservationRequest.TopKeys))[head].AsSpan(row * Request.TopKeys, Request.TopKeys);

    /// <summary>The weights of <see cref="TopSlots"/>.</summary>
    public ReadOnlySpan<float> TopWeights(int head, int row) =>
        Asked(_topWeights, nameof(ObservationRequest.TopKeys))[head].AsSpan(row * Request.TopKeys, Request.TopKeys);

    /// <summary>All weights of a row; 0 for slots that it did not see.</summary>
    public ReadOnlySpan<float> FullRow(int head, int row)
    {
        var full = Asked(_full, nameof(ObservationRequest.FullRows));
        var slots = _slots[head / (Heads / KvHeads)];
        return full[head].AsSpan(FullIndex(row) is >= 0 and var index ? index * slots : throw new ArgumentException($"Row {row} was not asked for.", nameof(row)), slots);
    }

    /// <summary>
    /// For a block of rows and each block of slots up to its own: the largest value of the mean over query heads of max(0, query·key), without scale
    /// and without a row's own slot.
    /// </summary>
    /// <param name="block">The block of rows, from 0 to <see cref="Blocks"/>; 0 stands for <see cref="FirstBlock"/>.</param>
    public ReadOnlySpan<float> BlockMaxima(int block) => Asked(_blocks, nameof(ObservationRequest.BlockMax))[block];

    /// <summary>Reduces a figure over the query heads of a KV head.</summary>
    /// <param name="kvHead">The KV head.</param>
    /// <param name="figure">Gives the figure of a query head, for example <c>o.ColumnSums</c>.</param>
    /// <param name="target">Takes one float a slot.</param>
    /// <param name="reduction">How.</param>
    public void Group(int kvHead, Func<int, ReadOnlySpan<float>> figure, Span<float> target, GroupReduction reduction = GroupReduction.Sum)
    {
        ArgumentNullException.ThrowIfNull(figure);
        var groups = Heads / KvHeads;
        figure(kvHead * groups).CopyTo(target);
        for (var head = kvHead * groups + 1; head < (kvHead + 1) * groups; head++)
        {
            var values = figure(head);
            for (var i = 0; i < values.Length; i++) target[i] = reduction == GroupReduction.Max ? MathF.Max(target[i], values[i]) : target[i] + values[i];
        }

        if (reduction == GroupReduction.Mean) foreach (ref var x in target) x /= groups;
    }

    internal void Begin(int heads, int kvHeads, int rows, ReadOnlySpan<int> slots)
    {
        (Heads, KvHeads, Rows, _slots) = (heads, kvHeads, rows, slots.ToArray());
        _fullRows.Clear();
        foreach (var row in Request.FullRows) _fullRows.TryAdd(row, _fullRows.Count);
        var perHead = Enumerable.Range(0, heads).Select(h => _slots[h / (heads / kvHeads)]).ToArray();
        _columns = Request.ColumnSums ? Arrays<float>(n => n) : [];
        _window = Request.WindowRows > 0 ? Arrays<float>(n => n) : [];
        _last = Request.LastRow ? Arrays<float>(n => n) : [];
        _entropies = Request.RowEntropies ? Arrays<float>(_ => rows) : [];
        _topWeights = Request.TopKeys > 0 ? Arrays<float>(_ => checked(rows * Request.TopKeys)) : [];
        _topSlots = Request.TopKeys > 0 ? Arrays<int>(_ => rows * Request.TopKeys) : [];
        _full = Request.AllRows || _fullRows.Count > 0 ? Arrays<float>(n => checked(n * (Request.AllRows ? rows : _fullRows.Count))) : [];
        _blocks = [];

        T[][] Arrays<T>(Func<int, int> length) => [.. perHead.Select(n => new T[length(n)])];
    }

    internal void BeginBlocks(int firstBlock, float[][] blocks) => (FirstBlock, _blocks) = (firstBlock, blocks);

    // Takes a row's final weights; slots[i] is where weights[i] belongs.
    internal void Take(int head, int row, ReadOnlySpan<float> weights, ReadOnlySpan<int> slots)
    {
        if (Request.ColumnSums) Add(_columns[head], weights, slots);
        if (Request.WindowRows > 0 && row >= Rows - Request.WindowRows) Add(_window[head], weights, slots);
        if (Request.LastRow && row == Rows - 1) Add(_last[head], weights, slots);
        if (Request.RowEntropies) _entropies[head][row] = Entropy(weights);
        if (Request.TopKeys > 0) TakeTop(head, row, weights, slots);
        if (_full.Length > 0 && FullIndex(row) is >= 0 and var index) Add(_full[head].AsSpan(index * _slots[head / (Heads / KvHeads)]), weights, slots);
    }

    private int FullIndex(int row) => Request.AllRows ? row : _fullRows.GetValueOrDefault(row, -1);

    private static void Add(Span<float> target, ReadOnlySpan<float> weights, ReadOnlySpan<int> slots)
    {
        for (var i = 0; i < weights.Length; i++) target[slots[i]] += weights[i];
    }

    private static float Entropy(ReadOnlySpan<float> weights)
    {
        var sum = 0.0;
        foreach (var w in weights) sum -= w > 0 ? w * Math.Log(w) : 0;
        return (float)sum;
    }

    // Insertion into a short list that is kept in order; k is small.
    private void TakeTop(int head, int row, ReadOnlySpan<float> weights, ReadOnlySpan<int> slots)
    {
        var k = Request.TopKeys;
        var best = _topWeights[head].AsSpan(row * k, k);
        var at = _topSlots[head].AsSpan(row * k, k);
        at.Fill(-1);
        var count = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            if (count == k && !(weights[i] > best[k - 1])) continue;
            var place = count < k ? count++ : k - 1;
            while (place > 0 && weights[i] > best[place - 1])
            {
                (best[place], at[place]) = (best[place - 1], at[place - 1]);
                place--;
            }

            (best[place], at[place]) = (weights[i], slots[i]);
        }
    }

    private static T[][] Asked<T>(T[][] arrays, string name) =>
        arrays.Length > 0 ? arrays : throw new InvalidOperationException($"{name} was not asked for, or nothing has run yet.");

    private static ReadOnlySpan<float> Part(float[][] arrays, int head, string name) => Asked(arrays, name)[head];
}
