namespace Tessera.Tokenizers.Training;

/// <summary>What every trainer wants to know.</summary>
public record TokenizerTrainerOptions
{
    /// <summary>The number of tokens, special tokens included. Fewer come out where the text has no more. Default 30,000.</summary>
    public int VocabularySize { get; init; } = 30_000;

    /// <summary>Special tokens; they get the first ids, in this order.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = [];

    /// <summary>Which special token stands for text that the vocabulary cannot spell; added to <see cref="SpecialTokens"/> where it is not among them. Null for none: then such text is dropped by BPE, and an error otherwise.</summary>
    public string? Unknown { get; init; }

    /// <summary>Which special token begins a sequence; added likewise. Null for none.</summary>
    public string? BeginOfSequence { get; init; }

    /// <summary>Which special token ends a sequence; added likewise. Null for none.</summary>
    public string? EndOfSequence { get; init; }

    /// <summary>Which special token is padding; added likewise. Null for none.</summary>
    public string? Padding { get; init; }

    /// <summary>Whether encoding puts <see cref="BeginOfSequence"/> before a text. Default false.</summary>
    public bool AddBeginOfSequence { get; init; }

    /// <summary>Whether encoding puts <see cref="EndOfSequence"/> behind a text. Default false.</summary>
    public bool AddEndOfSequence { get; init; }

    /// <summary>How many threads count words and estimate; null (default) for as many as the machine has. The result does not depend on it.</summary>
    public int? Threads { get; init; }

    /// <summary>
    /// The most distinct words (stretches that no token crosses) that may be held, the bound on memory: about 100 bytes each while
    /// training. More end training with a <see cref="ResourceLimitException"/>. Default 16 Mi.
    /// </summary>
    public int MaxDistinctWords { get; init; } = 16 << 20;

    internal int ThreadCount => Threads ?? Environment.ProcessorCount;

    /// <summary>The special tokens with those that have a role, in the order of their ids.</summary>
    /// <exception cref="ArgumentException">One is empty or stands there twice, or a number is out of range.</exception>
    internal List<string> AllSpecials()
    {
        if (VocabularySize < 1 || VocabularySize > InputLimits.Default.MaxVocabulary) throw new ArgumentException($"A vocabulary of {VocabularySize:N0} tokens; it has from 1 to {InputLimits.Default.MaxVocabulary:N0}.");
        if (Threads is < 1) throw new ArgumentException($"{Threads} threads cannot count.");
        if (MaxDistinctWords < 1) throw new ArgumentException($"At most {MaxDistinctWords} distinct words leave nothing to train on.");
        var specials = SpecialTokens.ToList();
        foreach (var role in (ReadOnlySpan<string?>)[Unknown, BeginOfSequence, EndOfSequence, Padding])
        {
            if (role is not null && !specials.Contains(role)) specials.Add(role);
        }

        if (specials.Any(string.IsNullOrEmpty) || specials.Distinct(StringComparer.Ordinal).Count() != specials.Count)
            throw new ArgumentException("A special token is empty or stands there twice.");
        return specials.Count <= VocabularySize ? specials : throw new ArgumentException($"A vocabulary of {VocabularySize:N0} tokens does not hold {specials.Count:N0} special ones.");
    }
}
