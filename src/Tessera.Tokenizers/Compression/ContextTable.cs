namespace Tessera.Tokenizers.Compression;

/// <summary>
/// What followed contexts, in a table of fixed size: a context's next half byte has a bucket of 16 words (a cache line): a check, and the bits' counts as
/// a tree. Of two buckets that a context may take, the one that has seen less gives way.
/// </summary>
internal sealed class ContextTable(int bucketBits)
{
    private const int Slots = 16;

    private readonly uint[] _words = new uint[Slots << bucketBits];
    private int _bucket;

    /// <summary>Goes to the bucket of a context.</summary>
    /// <param name="hash">The context and, for the second half of a byte, the first.</param>
    public void Select(ulong hash)
    {
        hash *= 0x9E37_79B9_7F4A_7C15; // 2^64 over the golden ratio: spreads every bit into the upper ones
        var check = (uint)hash | 1;
        var first = (int)(hash >> (64 - bucketBits)) * Slots;
        var second = first ^ Slots;
        _bucket = _words[first] == check ? first : _words[second] == check ? second : Clear(BitCounts.Count(_words[first + 1]) <= BitCounts.Count(_words[second + 1]) ? first : second, check);
    }

    /// <summary>The counts of a node.</summary>
    /// <param name="node">1 for a half byte's first bit, then 2 · node + bit: 1 to 15.</param>
    public ref uint At(int node) => ref _words[_bucket + node];

    private int Clear(int bucket, uint check)
    {
        _words.AsSpan(bucket, Slots).Clear();
        _words[bucket] = check;
        return bucket;
    }
}
