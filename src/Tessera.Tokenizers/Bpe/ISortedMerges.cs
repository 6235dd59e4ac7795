namespace Tessera.Tokenizers.Bpe;

/// <summary>Merges in the order of left and right token, no pair twice, in memory that does not move. Nothing in them is certain before it is checked.</summary>
internal unsafe interface ISortedMerges
{
    /// <summary>How many there are.</summary>
    int Count { get; }

    /// <summary>The first; valid as long as this object.</summary>
    Merge* First { get; }

    /// <summary>Checks the rank and the result of one merge.</summary>
    /// <exception cref="MalformedInputException">It is wrong.</exception>
    void CheckOne(int number);

    /// <summary>Checks all that is promised of them.</summary>
    /// <exception cref="MalformedInputException">One is wrong.</exception>
    void CheckAll();
}
