namespace Tessera.Models.State;

/// <summary>
/// The keys and values of an encoder's output, which a decoder's cross attention reads at every step. Filled once, then read-only; forks
/// share it. It does not change with the decoder's tokens, so <see cref="LayerState.Truncate"/> is refused: whoever rolls a decoder back
/// leaves its memories alone.
/// </summary>
public sealed class CrossMemory : LayerState
{
    private readonly KeyValueState _contents;

    /// <summary>Wraps filled keys and values.</summary>
    /// <param name="contents">The encoder's rows; owned by the memory from now on.</param>
    public CrossMemory(KeyValueState contents)
    {
        ArgumentNullException.ThrowIfNull(contents);
        _contents = contents;
    }

    // The keys and values as a taped pass computed them, so that a backward reaches the encoder; null otherwise.
    internal TapedMemory? Taped { get; init; }

    /// <summary>The encoder's rows, to be read only: a span of cross attention names it and sets <see cref="Attention.AttentionSpan.ReadOnly"/>.</summary>
    public KeyValueState Contents => _contents;

    /// <summary>The encoder's rows.</summary>
    public override int Length => _contents.Length;

    /// <inheritdoc/>
    public override long Bytes => _contents.Bytes;

    /// <inheritdoc/>
    public override CrossMemory Fork() => new(_contents.Fork());

    /// <inheritdoc/>
    public override void Restore(LayerState snapshot)
    {
        if (snapshot is not CrossMemory other) throw new ArgumentException("The snapshot is no cross memory.", nameof(snapshot));
        _contents.Restore(other._contents);
    }

    /// <inheritdoc/>
    public override void Clear() => _contents.Clear();

    /// <inheritdoc/>
    public override void Save(Stream stream) => _contents.Save(stream);

    /// <inheritdoc/>
    public override void Load(Stream stream) => _contents.Load(stream);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _contents.Dispose();
}
