namespace Tessera.Tokenizers.Bpe;

/// <summary>The keys of the pairs of a short piece; the loop over merges is compiled for each way of keeping them.</summary>
internal interface IPairKeys
{
    /// <summary>The least key.</summary>
    uint Least { get; }

    /// <summary>Sets the key of a pair.</summary>
    void Set(int at, uint key);
}
