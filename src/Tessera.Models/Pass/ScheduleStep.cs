using Tessera.Models.State;

namespace Tessera.Models.Passes;

/// <summary>What a <see cref="LayerSchedule"/> sees before and after a layer of a pass.</summary>
public readonly ref struct ScheduleStep
{
    internal ScheduleStep(int layer, bool isFirst, Sequence sequence, int newTokens, ReadOnlySpan<int> stream, ReadOnlySpan<int> positions, ReadOnlySpan<int> seen)
    {
        (Layer, IsFirst, Sequence, NewTokens) = (layer, isFirst, sequence, newTokens);
        Stream = stream;
        Positions = positions;
        Seen = seen;
    }

    /// <summary>The layer.</summary>
    public int Layer { get; }

    /// <summary>Whether it is the first layer of the pass that is planned.</summary>
    public bool IsFirst { get; }

    /// <summary>The sequence; its length is that before the pass.</summary>
    public Sequence Sequence { get; }

    /// <summary>How many tokens the pass adds; their indices follow <see cref="Sequence.Length"/>.</summary>
    public int NewTokens { get; }

    /// <summary>Tokens of the sequence with those of the pass.</summary>
    public int Tokens => Sequence.Length + NewTokens;

    /// <summary>Layers of the stack.</summary>
    public int Layers => Sequence.States.Count;

    /// <summary>The token indices of the rows that have come this far, increasing. After the attention: of those that ran.</summary>
    public ReadOnlySpan<int> Stream { get; }

    /// <summary>The positions of these rows.</summary>
    public ReadOnlySpan<int> Positions { get; }

    /// <summary>After the attention: the token behind each slot of its figures.</summary>
    public ReadOnlySpan<int> Seen { get; }

    /// <summary>How many tokens wait before this layer.</summary>
    public int WaitingCount => Sequence.Pending?.CountAt(Layer) ?? 0;

    /// <summary>The layer before which a token waits; -1 if it does not wait.</summary>
    public int WaitsBefore(int token) => Sequence.Pending?.LayerOf(token) ?? -1;
}
