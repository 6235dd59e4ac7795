namespace Tessera.Models.State;

/// <summary>
/// What one layer remembers of one sequence: cached keys and values, a recurrent state, or an encoder's memory. A layer's module declares
/// which kind it needs; policies and strategies use the verbs below. Knows nothing about models, tokens' texts, or why rows are dropped.
/// A kind that lacks a verb refuses it by name with <see cref="NotSupportedException"/>. Not thread-safe: it belongs to one sequence.
/// </summary>
public abstract class LayerState : IDisposable
{
    /// <summary>How many tokens have gone in and were not taken back: the token index that the next row gets. Dropping cached rows by a policy leaves it.</summary>
    public abstract int Length { get; }

    /// <summary>Bytes of native memory that the state refers to; memory shared by forks counts for each.</summary>
    public abstract long Bytes { get; }

    /// <summary>Takes back every token whose index is at least <paramref name="length"/>.</summary>
    /// <param name="length">Tokens that stay, 0 to <see cref="Length"/>.</param>
    /// <exception cref="NotSupportedException">This kind of state, or this one now, can't go back that far.</exception>
    public virtual void Truncate(int length) => throw Refusal(nameof(Truncate));

    /// <summary>
    /// Ends a pass whose rows formed a draft tree: of the last pass's rows those of one path stay, in order, and count as the sequence's
    /// next tokens; the others go.
    /// </summary>
    /// <param name="rows">The rows of the accepted path, as indices into the last pass's rows of this sequence, increasing; may be empty.</param>
    /// <exception cref="NotSupportedException">This kind of state keeps no rows apart (a recurrent layer).</exception>
    /// <exception cref="InvalidOperationException">The state was changed since the pass.</exception>
    public virtual void CommitPath(ReadOnlySpan<int> rows) => throw Refusal(nameof(CommitPath));

    /// <summary>A second state with the same contents; the two go on independently. Cheap: memory is shared until one of them writes.</summary>
    public virtual LayerState Fork() => throw Refusal(nameof(Fork));

    /// <summary>Forgets everything.</summary>
    public abstract void Clear();

    /// <summary>Keeps the present contents aside for <see cref="Restore"/>; dispose it when it is no longer needed.</summary>
    public LayerState Snapshot() => Fork();

    /// <summary>Returns to the contents of a snapshot, which stays usable.</summary>
    /// <param name="snapshot">What <see cref="Snapshot"/> or <see cref="Fork"/> of this state, or of one with the same layout, gave.</param>
    /// <exception cref="ArgumentException">The snapshot has another kind or layout.</exception>
    public virtual void Restore(LayerState snapshot) => throw Refusal(nameof(Restore));

    /// <summary>Writes the contents to a stream.</summary>
    public virtual void Save(Stream stream) => throw Refusal(nameof(Save));

    /// <summary>Replaces the contents by what <see cref="Save"/> wrote; on failure they stay as they were.</summary>
    /// <param name="stream">The stream, read up to the end of this state's contents.</param>
    /// <exception cref="MalformedInputException">The stream holds something else, or is cut short.</exception>
    public virtual void Load(Stream stream) => throw Refusal(nameof(Load));

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> was called.</param>
    protected abstract void Dispose(bool disposing);

    /// <summary>The exception of a verb that this kind of state does not have.</summary>
    /// <param name="verb">The verb's name.</param>
    /// <param name="reason">Why not, and what to do instead; may be null.</param>
    protected NotSupportedException Refusal(string verb, string? reason = null) =>
        new($"{GetType().Name} does not support {verb}.{(reason is null ? "" : " " + reason)}");
}
