using Tessera.Tokenizers;

namespace Tessera.Insight.Detection;

/// <summary>Counts the tokens of a reference corpus, document by document: nothing but the counts is kept. Not thread-safe.</summary>
public sealed class TokenFrequencyCounter
{
    private readonly long[] _counts;
    private readonly Tokenizer? _tokenizer;
    private long _documents;

    /// <summary>Creates a counter for texts.</summary>
    /// <param name="tokenizer">Cuts the texts.</param>
    public TokenFrequencyCounter(Tokenizer tokenizer) : this((tokenizer ?? throw new ArgumentNullException(nameof(tokenizer))).VocabularySize) => _tokenizer = tokenizer;

    /// <summary>Creates a counter for tokens.</summary>
    /// <param name="vocabularySize">Tokens of the vocabulary, at least 1.</param>
    public TokenFrequencyCounter(int vocabularySize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        _counts = new long[vocabularySize];
    }

    /// <summary>The most tokens of one document that count; long documents would outweigh all others. Default 1024, the paper's; at least 1.</summary>
    public int TokensPerDocument
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one token of a document counts.");
    } = 1024;

    /// <summary>Counts a document; no begin- or end-of-text token is added, and spelt-out control tokens are text.</summary>
    /// <param name="text">The document.</param>
    /// <exception cref="InvalidOperationException">The counter was made without a tokenizer.</exception>
    public void Add(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Add((_tokenizer ?? throw new InvalidOperationException("This counter takes tokens; make it with a tokenizer to count texts.")).EncodeToIds(text, EncodeOptions.PlainText));
    }

    /// <summary>Counts a document.</summary>
    /// <param name="ids">Its tokens.</param>
    /// <exception cref="ArgumentOutOfRangeException">A token is not in the vocabulary; nothing is counted then.</exception>
    public void Add(ReadOnlySpan<int> ids)
    {
        ids = ids[..Math.Min(ids.Length, TokensPerDocument)];
        foreach (var id in ids)
        {
            if ((uint)id >= (uint)_counts.Length) throw new ArgumentOutOfRangeException(nameof(ids), id, $"The vocabulary has {_counts.Length} tokens.");
        }

        foreach (var id in ids) _counts[id]++;
        _documents++;
    }

    /// <summary>What has been counted so far.</summary>
    public TokenFrequencyTable ToTable() => new(_counts, _tokenizer is null ? "" : TokenFrequencyTable.FingerprintOf(_tokenizer), _documents);
}
