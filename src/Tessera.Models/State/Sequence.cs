using System.Runtime.InteropServices;
using Tessera.Models.Adapters;
using Tessera.Models.Attention;
using Tessera.Models.Heads;
using Tessera.Models.Modules;
using Tessera.Models.Passes;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.State;

/// <summary>
/// What a model remembers of one sequence: the tokens, and one state per layer. Single-threaded; forks share pages until one of them
/// writes. A pass that fails leaves it as it was.
/// </summary>
public sealed partial class Sequence : IDisposable
{
    private readonly LayerState[] _states;
    private readonly List<int> _tokens;
    private int _lastRows; // rows of the last pass; 0 where the sequence has changed since
    private int _lastPosition; // the position that was next before it
    private bool _marked;

    /// <summary>An empty sequence for a stack.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="options">Formats and bounds; the defaults if null.</param>
    /// <param name="memories">What the stack's cross attention reads, one a layer; not disposed with the sequence.</param>
    /// <exception cref="ArgumentException">The adapter, the table or the head is for another model, or both a policy and a schedule are asked for.</exception>
    /// <exception cref="NotSupportedException">Raw keys are asked for and no layer has a rotation.</exception>
    public Sequence(Stack stack, SequenceOptions? options = null, IReadOnlyList<CrossMemory>? memories = null)
    {
        ArgumentNullException.ThrowIfNull(stack);
        options ??= SequenceOptions.Default;
        var policy = options.Policy?.Invoke();
        if (policy is not null && options.Schedule is not null)
            throw new ArgumentException("A policy and a schedule don't go together: which slots a policy keeps depends on all tokens having run.", nameof(options));
        if (policy is { Renumbers: true }) options = options with { RawKeys = true, Renumbers = true };
        Stack = stack;
        Memories = memories ?? [];
        _states = new LayerState[stack.Blocks.Count];
        if (options.Renumbers && !options.RawKeys) throw new ArgumentException("Renumbering needs raw keys.", nameof(options));
        for (var layer = 0; layer < _states.Length; layer++) _states[layer] = stack.Blocks[layer].CreateState(options);
        if (options.RawKeys && !_states.Any(s => s is KeyValueState { Rotation: not null }))
            throw new NotSupportedException($"{stack.Config.ModelType} has no rotation of keys that could wait until they are read.");
        options.Adapter?.Check(stack);
        Renumbers = options.Renumbers;
        Adapter = options.Adapter;
        (Embedding, Head) = (options.Embedding, options.Head);
        CheckVocabulary(stack);
        _tokens = [];
        NextPosition = stack.Config.PaddingToken + 1; // 0 everywhere but in RoBERTa
        Schedule = options.Schedule?.Invoke();
        _plans = new KeepPlan?[_states.Length];
        Policy = policy;
    }

    private Sequence(Sequence origin)
    {
        Stack = origin.Stack;
        Memories = origin.Memories;
        _states = Array.ConvertAll(origin._states, s => s.Fork());
        _tokens = [.. origin._tokens];
        _plans = new KeepPlan?[_states.Length];
        NextPosition = origin.NextPosition;
        Renumbers = origin.Renumbers;
        (_lastRows, _lastPosition) = (origin._lastRows, origin._lastPosition);
        Adapter = origin.Adapter;
        (Embedding, Head) = (origin.Embedding, origin.Head);
        (_arithmetic, _unrepeatable) = (origin._arithmetic, origin._unrepeatable);
        Schedule = origin.Schedule?.Fork();
        Pending = origin.Pending?.Fork();
        Policy = origin.Policy?.Fork();
    }

    /// <summary>The stack that it belongs to.</summary>
    public Stack Stack { get; }

    /// <summary>How many tokens it holds.</summary>
    public int Length => _tokens.Count;

    /// <summary>The tokens; -1 where a vector stood in.</summary>
    public ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(_tokens);

    /// <summary>The position that the next token takes unless its row says otherwise.</summary>
    public int NextPosition { get; private set; }

    /// <summary>The adapter that its rows run through, or null. It can't be changed: what the sequence holds was computed with it. Forks have the same.</summary>
    public Adapter? Adapter { get; }

    /// <summary>The table that its ids are looked up in, [vocabulary, width]; null for the stack's. Forks have the same.</summary>
    public Parameter? Embedding { get; }

    /// <summary>The head that its logits come from; null for the model's. Forks have the same.</summary>
    public LanguageHead? Head { get; }

    /// <summary>
    /// Decides which of this sequence's tokens run through which layers; null, the default, for all through all. A fork gets a copy. What
    /// waits in the store of pending hidden states goes on waiting where there is no schedule any more.
    /// </summary>
    public LayerSchedule? Schedule { get; set; }

    /// <summary>Bytes of state that this sequence refers to, shared pages included, and of pending hidden states.</summary>
    public long Bytes => _states.Sum(s => s.Bytes) + (Pending?.Bytes ?? 0);

    /// <summary>The states, one a layer.</summary>
    public IReadOnlyList<LayerState> States => _states;

    /// <summary>What the stack's cross attention reads, one a layer; empty where it has none.</summary>
    public IReadOnlyList<CrossMemory> Memories { get; }

    // Whether positions are counted among the slots that are read, so that those of the rows bound nothing.
    internal bool Renumbers { get; }

    // Hidden states of tokens that a schedule left out; null until there are some.
    internal PendingRows? Pending { get; private set; }

    internal PendingRows Store => Pending ??= new PendingRows(_states.Length, Stack.Config.Width);

    internal RowVisibility DefaultVisibility => Stack.Config.Causal ? RowVisibility.Causal : RowVisibility.Full;

    /// <summary>A copy that goes its own way from here; costs page references, not pages.</summary>
    public Sequence Fork() => new(this);

    /// <summary>Forgets all tokens from <paramref name="length"/> on.</summary>
    /// <param name="length">How many to keep.</param>
    /// <exception cref="NotSupportedException">
    /// A state can't go back that far (a recurrent layer without a snapshot), or slots were dropped: what is left of the first tokens is not what reading
    /// them alone would have left. Nothing was changed.
    /// </exception>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        if (length == Length) return;
        TruncatePolicy(length);
        foreach (var state in _states)
        {
            if (state.Length > length) state.Truncate(length); // a layer that the last tokens did not run through is behind the others
        }

        Pending?.Truncate(length);
        NextPosition -= Length - length;
        _tokens.RemoveRange(length, Length - length);
        _lastRows = 0;
        if (length == 0) (_arithmetic, _unrepeatable) = (null, false);
    }

    /// <summary>Whether every layer can take a draft tree's rows and keep one path of them, and nothing else decides what they keep.</summary>
    public bool CanCommitPath => Policy is null && Schedule is null && Array.TrueForAll(_states, s => s is KeyValueState);

    /// <summary>
    /// Ends a pass whose rows of this sequence formed a draft tree (<see cref="RowVisibility.Tree"/>, each row's position being that of its
    /// depth): the rows of one path stay and become the sequence's next tokens, the others are forgotten.
    /// </summary>
    /// <param name="rows">The path, from a row that follows the cached text on, as indices into this sequence's rows of the last pass; may be empty.</param>
    /// <exception cref="InvalidOperationException">The sequence was changed since the pass, or a policy or a schedule decides what it keeps.</exception>
    /// <exception cref="NotSupportedException">A layer's state keeps no rows apart (a recurrent layer).</exception>
    public void CommitPath(ReadOnlySpan<int> rows)
    {
        if (_lastRows == 0 || Policy is not null || Schedule is not null)
            throw new InvalidOperationException("CommitPath follows the pass that ran the tree, without a policy or a schedule.");
        var previous = -1;
        foreach (var row in rows)
        {
            if (row <= previous || row >= _lastRows) throw new ArgumentException($"A path's rows increase and lie below {_lastRows}; {row} follows {previous}.", nameof(rows));
            previous = row;
        }

        foreach (var state in _states) state.CommitPath(rows);
        var first = _tokens.Count - _lastRows;
        for (var i = 0; i < rows.Length; i++) _tokens[first + i] = _tokens[first + rows[i]];
        _tokens.RemoveRange(first + rows.Length, _lastRows - rows.Length);
        NextPosition = _lastPosition + rows.Length;
        _lastRows = 0;
    }

    /// <summary>Frees the states.</summary>
    public void Dispose()
    {
        foreach (var state in _states) state.Dispose();
    }

    private void CheckVocabulary(Stack stack)
    {
        var width = stack.Embedding.Tensor.Shape.Span[1];
        if (Embedding is { } table && (table.Tensor.Shape.Length != 2 || table.Tensor.Shape.Span[1] != width))
            throw new ArgumentException($"{table.Name} is no table of rows of {width} floats, as this model embeds tokens.");
        if (Head is { } head && head.Projection.Inputs != stack.Config.Width)
            throw new ArgumentException($"The head reads {head.Projection.Inputs} floats; the model's rows have {stack.Config.Width}.");
    }

    // After a pass: its rows are part of the sequence now.
    internal void Advance(ReadOnlySpan<int> ids, int lastPosition)
    {
        foreach (var id in ids) _tokens.Add(id);
        (_lastRows, _lastPosition) = (ids.Length, NextPosition);
        NextPosition = lastPosition + 1;
        CarryOutPlans();
        Pending?.Commit();
        _marked = false;
    }

    // Before a pass under a schedule, whose rows may be of any token.
    internal void Mark()
    {
        foreach (var state in _states) (state as KeyValueState)?.Mark();
        _marked = true;
    }

    // After a pass that failed between layers: whatever the layers appended is taken back.
    internal void Abandon()
    {
        foreach (var state in _states)
        {
            if (_marked && state is KeyValueState cached) cached.ReturnToMark();
            else if (state.Length > Length) state.Truncate(Length);
        }

        ForgetPlans();
        Pending?.Undo();
        _marked = false;
    }
}
