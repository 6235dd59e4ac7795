namespace Tessera.Context.Policies;

/// <summary>
/// What the slots of one layer have collected, one float a slot and KV head, and what they had before the last pass: if that pass failed, the next one
/// begins from there.
/// </summary>
internal sealed class AttentionSums(int heads)
{
    private Head[] _now = new Head[heads];
    private Head[] _before = new Head[heads];
    private int _length;
    private int _lengthBefore;

    /// <summary>The present sums of a head.</summary>
    public ReadOnlySpan<float> Of(int head) => _now[head].Sums.AsSpan(0, _now[head].Count);

    /// <summary>Begins a pass.</summary>
    /// <param name="length">The tokens that the state holds before it.</param>
    /// <exception cref="InvalidOperationException">The state was changed by somebody else.</exception>
    public void Begin(int length)
    {
        if (length == _length) (_now, _before, _lengthBefore) = (_before, _now, length);
        else if (length != _lengthBefore) throw new InvalidOperationException($"The sequence holds {length} tokens; its policy has seen {_length}.");
        _length = -1; // until the pass ends
    }

    /// <summary>Adds a pass's weights to a head's sums; the slots that are new begin with theirs.</summary>
    /// <param name="head">The KV head.</param>
    /// <param name="received">One weight for each slot that the head holds now.</param>
    /// <param name="decay">What the sums so far are multiplied by.</param>
    public void Add(int head, ReadOnlySpan<float> received, float decay)
    {
        ref readonly var old = ref _before[head];
        ref var sums = ref _now[head];
        if (old.Count > received.Length) throw new InvalidOperationException($"Head {head} holds {received.Length} slots; its policy has seen {old.Count}.");
        if (sums.Sums is null || sums.Sums.Length < received.Length) sums.Sums = new float[Math.Max(received.Length, 2 * old.Count)];
        for (var slot = 0; slot < received.Length; slot++) sums.Sums[slot] = slot < old.Count ? old.Sums[slot] * decay + received[slot] : received[slot];
        sums.Count = received.Length;
    }

    /// <summary>Ends a pass.</summary>
    /// <param name="length">The tokens that the state holds with it.</param>
    public void End(int length) => _length = length;

    /// <summary>Drops the sums of slots that go.</summary>
    /// <param name="head">The KV head.</param>
    /// <param name="kept">The slots that stay, ascending.</param>
    public void Keep(int head, ReadOnlySpan<int> kept)
    {
        ref var sums = ref _now[head];
        for (var i = 0; i < kept.Length; i++) sums.Sums[i] = sums.Sums[kept[i]];
        sums.Count = kept.Length;
    }

    /// <summary>A copy that goes its own way.</summary>
    public AttentionSums Copy() => new(_now.Length) { _now = Copy(_now), _before = Copy(_before), _length = _length, _lengthBefore = _lengthBefore };

    private static Head[] Copy(Head[] heads) => Array.ConvertAll(heads, h => h with { Sums = h.Sums?.AsSpan(0, h.Count).ToArray()! });

    private record struct Head
    {
        public float[] Sums;
        public int Count;
    }
}
