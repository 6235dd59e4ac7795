using Tessera.Models.State;

namespace Tessera.Generation;

/// <summary>
/// What a model remembers of one sequence, and the door through which a strategy runs tokens. Every strategy is a plain loop that awaits
/// <see cref="RunAsync"/>; whether the pass runs at once or together with those of other sequences is the implementation's business and
/// never changes a result. Single-threaded.
/// </summary>
public interface IDecoderSequence : IDisposable
{
    /// <summary>The tokens that it holds.</summary>
    ReadOnlySpan<int> Tokens { get; }

    /// <summary>What it holds of its tokens in each layer; null where the decoder can't tell.</summary>
    CacheUse? CacheUse => null;

    /// <summary>Runs tokens that continue the sequence.</summary>
    /// <param name="tokens">At least one token; the sequence grows by them, or by a leading part of them if the call is cancelled.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    /// <returns>The logits of the token after the last one, <c>[vocabulary]</c>; valid until the next call.</returns>
    /// <exception cref="OperationCanceledException">The call was cancelled; the sequence can be used on.</exception>
    ValueTask<ReadOnlyMemory<float>> RunAsync(ReadOnlyMemory<int> tokens, CancellationToken cancellation = default);

    /// <summary>Whether <see cref="RunTreeAsync"/> can be called: not where the model's state keeps no rows apart, or a policy decides what it keeps.</summary>
    bool TakesTrees => false;

    /// <summary>
    /// Runs a draft tree: rows that may follow one another, each of which sees the sequence, its ancestors and itself. The sequence does not
    /// grow before <see cref="CommitPath"/>, which must be the next call. A row's logits equal, bit for bit, those that
    /// <see cref="RunAsync"/> would give for the sequence followed by the row's path.
    /// </summary>
    /// <param name="tokens">At least one token.</param>
    /// <param name="parents">For each row the row that it follows, which stands before it; −1 where it follows the sequence's last token.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    /// <returns>The logits of the token after each row, <c>[rows, vocabulary]</c>; valid until the next run.</returns>
    /// <exception cref="NotSupportedException">The sequence takes no trees.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled; the sequence is as it was, and no path is to be committed.</exception>
    ValueTask<ReadOnlyMemory<float>> RunTreeAsync(ReadOnlyMemory<int> tokens, ReadOnlyMemory<int> parents, CancellationToken cancellation = default) =>
        throw new NotSupportedException("The sequence takes no draft trees.");

    /// <summary>Lets the sequence grow by one path of the tree that was run last, and forgets the other rows.</summary>
    /// <param name="rows">The path's rows, from one that follows the sequence on, each following the one before; empty to forget all.</param>
    /// <exception cref="ArgumentException">The rows are no such path.</exception>
    /// <exception cref="InvalidOperationException">No tree was run, or its path is committed already.</exception>
    void CommitPath(ReadOnlySpan<int> rows) => throw new InvalidOperationException("CommitPath follows RunTreeAsync.");

    /// <summary>Forgets all tokens from a length on.</summary>
    /// <param name="length">How many to keep.</param>
    /// <exception cref="NotSupportedException">The model's state cannot go back that far (a recurrent layer).</exception>
    void Truncate(int length);

    /// <summary>Writes the tokens and what the model remembers of them, for <see cref="Load"/>.</summary>
    /// <param name="stream">Where to.</param>
    /// <exception cref="NotSupportedException">What it holds does not follow from its tokens (a policy, a schedule, hooks that edit), or the decoder has nothing to write.</exception>
    void Save(Stream stream) => throw new NotSupportedException("This decoder does not save its sequences.");

    /// <summary>Takes the place of what <see cref="Save"/> wrote, if the same model holds the same bits for the same tokens.</summary>
    /// <param name="stream">The stream.</param>
    /// <returns>Whether the contents fit; false, with the sequence as it was, where they come from another model, adapter, format or kernel.</returns>
    /// <exception cref="MalformedInputException">The stream holds something else, or is cut short.</exception>
    bool Load(Stream stream) => throw new NotSupportedException("This decoder does not load sequences.");

    /// <summary>A copy that goes its own way from here.</summary>
    IDecoderSequence Fork();
}
