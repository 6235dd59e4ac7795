using Tessera.Models.State;

namespace Tessera.Models.Attention;

/// <summary>What an <see cref="IAttentionPolicy"/> sees of one layer's attention in one pass, for one sequence.</summary>
public readonly unsafe ref struct AttentionStep
{
    private readonly AttentionInputs _inputs;

    internal AttentionStep(int layer, in AttentionSpan span, in AttentionInputs inputs)
    {
        Layer = layer;
        Span = span;
        _inputs = inputs;
    }

    /// <summary>The layer.</summary>
    public int Layer { get; }

    /// <summary>The sequence's rows and its state.</summary>
    public AttentionSpan Span { get; }

    /// <summary>The state: before the rows were appended, or after them.</summary>
    public KeyValueState State => Span.State;

    /// <summary>
    /// How many rows of the same prompt follow in later passes: a policy that acts once a prompt is read waits until there are none. 0 unless the prompt is
    /// run in pieces.
    /// </summary>
    public int RowsToCome => Span.RowsToCome;

    /// <summary>Query heads.</summary>
    public int Heads => _inputs.Heads;

    /// <summary>The sequence's queries, [rows, heads · head size], as the layer gave them.</summary>
    public ReadOnlySpan<float> Queries => new(_inputs.Queries + (long)Span.FirstRow * Heads * State.HeadSize, Span.RowCount * Heads * State.HeadSize);

    /// <summary>The sequence's keys, [rows, KV heads · head size]; empty where the rows only read.</summary>
    public ReadOnlySpan<float> Keys => Span.ReadOnly ? [] : new(_inputs.Keys + (long)Span.FirstRow * State.Heads * State.HeadSize, Span.RowCount * State.Heads * State.HeadSize);

    /// <summary>The rotary position of each of the sequence's rows.</summary>
    public ReadOnlySpan<int> Positions => new(_inputs.Positions + Span.FirstRow, Span.RowCount);
}
