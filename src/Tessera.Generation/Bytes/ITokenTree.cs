namespace Tessera.Generation;

/// <summary>
/// A model as lists of tokens that share their beginnings: each list is an older one and a token more. What byte-level views of a model run on;
/// <see cref="DecoderTree"/> is a loaded model. Single-threaded.
/// </summary>
public interface ITokenTree : IDisposable
{
    /// <summary>Scores in a row.</summary>
    int VocabularySize { get; }

    /// <summary>How often the model was run.</summary>
    int Calls { get; }

    /// <summary>Begins with list 0.</summary>
    /// <param name="context">Its tokens.</param>
    /// <param name="scores">Is given its row.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    ValueTask StartAsync(ReadOnlyMemory<int> context, TokenScores scores, CancellationToken cancellation = default);

    /// <summary>Adds lists, numbered on from the last one; none where it fails.</summary>
    /// <param name="parents">The list that each goes on from, an older one or one before it here.</param>
    /// <param name="tokens">The token that each has more.</param>
    /// <param name="scores">Is given their rows, in order.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    ValueTask RunAsync(ReadOnlyMemory<int> parents, ReadOnlyMemory<int> tokens, TokenScores scores, CancellationToken cancellation = default);

    /// <summary>Says that no list will go on from this one any more.</summary>
    /// <param name="list">Its number.</param>
    void Release(int list);
}
