namespace Tessera.Tokenizers.Bpe;

/// <summary>Working memory of the merge loop: symbols as parallel arrays, candidates. Belongs to one thread at a time.</summary>
internal sealed class BpeScratch
{
    /// <summary>The token of each symbol; −1 once it was joined to the one before.</summary>
    public int[] Symbols { get; private set; } = new int[64];

    /// <summary>The length of each symbol in bytes.</summary>
    public int[] Lengths { get; private set; } = new int[64];

    /// <summary>The rank of each symbol's pair with the next, in the scan; the next symbol, in the heap.</summary>
    public int[] Ranks { get; private set; } = new int[64];

    /// <summary>What that pair becomes, in the scan; the symbol before, in the heap.</summary>
    public int[] Results { get; private set; } = new int[64];

    /// <summary>Pairs that may be joined: rank in the high, left symbol in the low half.</summary>
    public CandidateHeap Candidates { get; } = new();

    /// <summary>Candidates that dropout set aside.</summary>
    public List<ulong> SetAside { get; } = [];

    /// <summary>The number of symbols.</summary>
    public int Count { get; set; }

    /// <summary>Appends a symbol.</summary>
    public void Add(int symbol, int length)
    {
        if (Count == Symbols.Length) Grow();
        Symbols[Count] = symbol;
        Lengths[Count] = length;
        Count++;
    }

    private void Grow()
    {
        Symbols = Larger(Symbols);
        Lengths = Larger(Lengths);
        Ranks = Larger(Ranks);
        Results = Larger(Results);
    }

    private static int[] Larger(int[] array)
    {
        Array.Resize(ref array, 2 * array.Length);
        return array;
    }
}
