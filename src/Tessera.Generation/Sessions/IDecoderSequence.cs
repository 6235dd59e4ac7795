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

    /// <summary>Runs tokens that continue the sequence.</summary>
    /// <param name="tokens">At least one token; the sequence grows by them, or by a leading part of them if the call is cancelled.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    /// <returns>The logits of the token after the last one, <c>[vocabulary]</c>; valid until the next call.</returns>
    /// <exception cref="OperationCanceledException">The call was cancelled; the sequence can be used on.</exception>
    ValueTask<ReadOnlyMemory<float>> RunAsync(ReadOnlyMemory<int> tokens, CancellationToken cancellation = default);

    /// <summary>Forgets all tokens from a length on.</summary>
    /// <param name="length">How many to keep.</param>
    /// <exception cref="NotSupportedException">The model's state cannot go back that far (a recurrent layer).</exception>
    void Truncate(int length);

    /// <summary>A copy that goes its own way from here.</summary>
    IDecoderSequence Fork();
}
