namespace Tessera.Models.State;

/// <summary>
/// The cached keys and values of one attention layer for one sequence, in pages of 32 slots of one KV head each. Heads may hold different
/// numbers of slots. Pages come from a pool, are shared by forks and copied when written to.
/// A slot carries its token index (where the token stands in the sequence), the rotary position that its key has, and, where asked for,
/// a float for policies. Knows nothing about attention; keys are stored as given, rotated or raw.
/// </summary>
/// <remarks>
/// Memory per token and KV head: (HeadSize + ValueSize) numbers of the chosen formats and 8 bytes (12 with accumulators).
/// Stands for "paged storage, ragged per head" of vLLM's PagedAttention (Kwon et al., 2023, arXiv:2309.06180) with pages per head.
/// </remarks>
public sealed unsafe partial class KeyValueState : LayerState
{
    private readonly PagePool _pool;
    private readonly PageLayout _layout;
    private HeadSlots[] _heads;
    private int _length;
    private int _lastRows;
    private bool _orderedBefore = true; // the last pass's rows: what a draft tree's disorder is undone to
    private bool _positionsOrderedBefore = true;
    private int _markedLength;

    /// <summary>Creates an empty state.</summary>
    /// <param name="heads">KV heads.</param>
    /// <param name="headSize">Floats of a key; a multiple of 32 for Q8_0 and Q4_0.</param>
    /// <param name="valueSize">Floats of a value; 0 for as many as a key has.</param>
    /// <param name="options">Formats; F16 if null.</param>
    /// <param name="pool">Where pages come from; the process's pool if null.</param>
    public KeyValueState(int heads, int headSize, int valueSize = 0, KeyValueOptions? options = null, PagePool? pool = null)
        : this(Layout(heads, headSize, valueSize, options), pool ?? PagePool.Shared, new HeadSlots[heads])
    {
        for (var h = 0; h < heads; h++) _heads[h] = new HeadSlots();
    }

    private KeyValueState(PageLayout layout, PagePool pool, HeadSlots[] heads)
    {
        _layout = layout;
        _pool = pool;
        _heads = heads;
    }

    /// <summary>KV heads.</summary>
    public int Heads => _heads.Length;

    /// <summary>Floats of a key.</summary>
    public int HeadSize => _layout.Keys.Size;

    /// <summary>Floats of a value.</summary>
    public int ValueSize => _layout.Values.Size;

    /// <summary>Formats and what slots carry.</summary>
    public KeyValueOptions Options => _layout.Options;

    /// <inheritdoc/>
    public override int Length => _length;

    /// <summary>Whether all heads hold the slots of the same tokens: nothing was ever dropped from one head alone.</summary>
    public bool Uniform { get; private set; } = true;

    /// <summary>Whether slots were dropped by a plan: then what is held is not what reading the same tokens again would give.</summary>
    public bool HasDropped { get; private set; }

    /// <summary>Whether token indices increase along the slots, so that causal order is slot order. Rows computed late (LazyLLM) end this.</summary>
    public bool Ordered { get; private set; } = true;

    /// <summary>Whether positions never decrease along the slots; rows of a draft tree end this until a path of it is committed.</summary>
    public bool PositionsOrdered { get; private set; } = true;

    /// <inheritdoc/>
    public override long Bytes => _heads.Sum(h => (long)h.PageCount) * _layout.ByteLength;

    /// <summary>
    /// The rotation of keys, where they are stored raw and turned each time they are read; null (the default) where they are stored as the layer
    /// turned them. A layer hands raw queries and keys to the attention over such a state. Set it before the first append.
    /// </summary>
    public Tensors.Kernels.RotaryTable? Rotation { get; init; }

    /// <summary>
    /// Whether raw keys are read at their index among the slots that are read, and queries behind them, instead of at the stored positions:
    /// streaming and token selection, where the text is longer than the positions that the model knows. Default false; needs <see cref="Rotation"/>.
    /// </summary>
    public bool Renumbers { get; init; }

    /// <summary>Bytes that the pages of all its tokens would take if none had been dropped.</summary>
    public long FullBytes => (long)Heads * HeadSlots.PagesFor(_length) * _layout.ByteLength;

    internal PageLayout Pages => _layout;

    /// <summary>Slots that a head holds.</summary>
    public int SlotCount(int head) => _heads[head].Count;

    /// <summary>Appends rows to every head.</summary>
    /// <param name="keys">[rows, heads · head size].</param>
    /// <param name="values">[rows, heads · value size].</param>
    /// <param name="positions">The rotary position of each row.</param>
    /// <param name="tokens">The token index of each row; empty for the next ones.</param>
    /// <exception cref="ResourceLimitException">The pool's limit is reached; the state is as it was.</exception>
    public void Append(ReadOnlySpan<float> keys, ReadOnlySpan<float> values, ReadOnlySpan<int> positions, ReadOnlySpan<int> tokens = default)
    {
        var rows = positions.Length;
        if (keys.Length != (long)rows * Heads * HeadSize) throw new ArgumentException($"{rows} rows need {(long)rows * Heads * HeadSize} floats of keys.", nameof(keys));
        if (values.Length != (long)rows * Heads * ValueSize) throw new ArgumentException($"{rows} rows need {(long)rows * Heads * ValueSize} floats of values.", nameof(values));
        if (!tokens.IsEmpty && tokens.Length != rows) throw new ArgumentException("One token index a row, or none.", nameof(tokens));
        Reserve(rows);
        fixed (float* k = keys, v = values)
        fixed (int* p = positions, t = tokens)
        {
            for (var head = 0; head < Heads; head++) WriteRows(head, k, v, p, t, rows);
            Commit(p, t, rows);
        }
    }

    /// <summary>The slot's token index.</summary>
    public int TokenOf(int head, int slot) => _layout.Tokens(PageOf(head, slot))[slot % PagePlane.Slots];

    /// <summary>The rotary position of the slot's key.</summary>
    public int PositionOf(int head, int slot) => _layout.Positions(PageOf(head, slot))[slot % PagePlane.Slots];

    /// <summary>Widens the slot's key to F32.</summary>
    public void ReadKey(int head, int slot, Span<float> key)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(key.Length, HeadSize);
        fixed (float* target = key) _layout.Keys.Read(PageLayout.KeysOf(PageOf(head, slot)), slot % PagePlane.Slots, target);
    }

    /// <summary>Widens the slot's value to F32.</summary>
    public void ReadValue(int head, int slot, Span<float> value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value.Length, ValueSize);
        fixed (float* target = value) _layout.Values.Read(_layout.ValuesOf(PageOf(head, slot)), slot % PagePlane.Slots, target);
    }

    /// <summary>Widens chosen slots of a head: keys [slots, head size] and values [slots, value size].</summary>
    public void Gather(int head, ReadOnlySpan<int> slots, Span<float> keys, Span<float> values)
    {
        for (var i = 0; i < slots.Length; i++)
        {
            ReadKey(head, slots[i], keys.Slice(i * HeadSize, HeadSize));
            ReadValue(head, slots[i], values.Slice(i * ValueSize, ValueSize));
        }
    }

    /// <inheritdoc/>
    public override void Clear()
    {
        foreach (var head in _heads) head.Shorten(0, _pool);
        (_length, _lastRows) = (0, 0);
        Uniform = Ordered = PositionsOrdered = true;
        HasDropped = false;
    }

    // Room for rows in every head; the only step of an append that can fail.
    internal void Reserve(int rows)
    {
        ObjectDisposedException.ThrowIf(_heads.Length == 0, this);
        foreach (var head in _heads) head.Reserve(rows, _pool, _layout.ByteLength);
    }

    // Writes rows behind a head's last slot; heads may be written from different threads.
    internal void WriteRows(int head, float* keys, float* values, int* positions, int* tokens, int rows)
    {
        var slots = _heads[head];
        keys += (long)head * HeadSize;
        values += (long)head * ValueSize;
        for (var r = 0; r < rows; r++)
        {
            var slot = slots.Count + r;
            var page = slots[slot / PagePlane.Slots];
            slot %= PagePlane.Slots;
            _layout.Keys.Write(PageLayout.KeysOf(page), slot, keys + (long)r * Heads * HeadSize);
            _layout.Values.Write(_layout.ValuesOf(page), slot, values + (long)r * Heads * ValueSize);
            _layout.Positions(page)[slot] = positions[r];
            _layout.Tokens(page)[slot] = tokens is null ? _length + r : tokens[r];
            if (Options.Accumulators) _layout.Accumulators(page)[slot] = 0;
        }
    }

    // Makes written rows part of the state.
    internal void Commit(int* positions, int* tokens, int rows)
    {
        (_orderedBefore, _positionsOrderedBefore) = (Ordered, PositionsOrdered);
        for (var r = 0; r < rows; r++)
        {
            var (position, token) = (positions[r], tokens is null ? _length + r : tokens[r]);
            foreach (var head in _heads)
            {
                if (head.Count + r == 0) continue;
                var before = head.Count + r - 1;
                var (page, slot) = (head[before / PagePlane.Slots], before % PagePlane.Slots);
                if (_layout.Positions(page)[slot] > position) PositionsOrdered = false;
                if (_layout.Tokens(page)[slot] >= token) Ordered = false;
                if (Uniform) break; // the other heads hold the same
            }
        }

        foreach (var head in _heads) head.Count += rows;
        _lastRows = rows;
        if (tokens is null)
        {
            _length += rows;
            return;
        }

        for (var (r, before) = (0, _length); r < rows; r++)
        {
            if (tokens[r] != before + r) _lastRows = 0; // no path can be chosen among rows that are not the next tokens
            _length = Math.Max(_length, tokens[r] + 1);
        }
    }

    internal HeadSlots SlotsOf(int head) => _heads[head];

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (var head in _heads) head.Shorten(0, _pool);
        _heads = [];
    }

    private Page PageOf(int head, int slot)
    {
        var slots = _heads[head];
        ArgumentOutOfRangeException.ThrowIfNegative(slot);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(slot, slots.Count);
        return slots[slot / PagePlane.Slots];
    }

    private static PageLayout Layout(int heads, int headSize, int valueSize, KeyValueOptions? options)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(heads);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(headSize);
        ArgumentOutOfRangeException.ThrowIfNegative(valueSize);
        // 4,096 floats a head: eight times the largest published; a page stays below 2 MiB.
        ArgumentOutOfRangeException.ThrowIfGreaterThan(headSize, 4096);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(valueSize, 4096);
        return new PageLayout(headSize, valueSize == 0 ? headSize : valueSize, options ?? new KeyValueOptions());
    }
}
