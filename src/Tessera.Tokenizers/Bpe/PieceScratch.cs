namespace Tessera.Tokenizers.Bpe;

/// <summary>Working memory of <see cref="PieceEncoder"/>, and the cache in front of it. Belongs to one thread at a time; grows, never shrinks.</summary>
internal sealed class PieceScratch
{
    private Token[] _tokens = [];
    private Token[] _carried = [];

    /// <summary>Pieces encoded before.</summary>
    public WordCache Cache { get; } = new();

    /// <summary>Whether bytes were dropped for want of a token; set, never cleared, by the encoder.</summary>
    public bool Dropped { get; set; }

    /// <summary>The token of each symbol; −1 once it was joined to the one before.</summary>
    public int[] Symbols { get; private set; } = new int[128];

    /// <summary>Where each symbol starts.</summary>
    public int[] Starts { get; private set; } = new int[128];

    /// <summary>The symbol after each.</summary>
    public int[] Next { get; private set; } = new int[128];

    /// <summary>The symbol before each.</summary>
    public int[] Previous { get; private set; } = new int[128];

    /// <summary>Pairs that may be joined.</summary>
    public CandidateHeap Candidates { get; } = new();

    /// <summary>The tokens of a window.</summary>
    public Token[] Tokens => _tokens;

    /// <summary>Tokens of the window before that lie in this one.</summary>
    public Token[] Carried => _carried;

    /// <summary>The ids of a piece.</summary>
    public int[] Ids { get; private set; } = new int[128];

    /// <summary>The number of <see cref="Ids"/> added since they were cleared.</summary>
    public int IdCount { get; private set; }

    /// <summary>Whether keeping this costs no more than some megabytes.</summary>
    public bool IsOrdinary => Symbols.Length <= 1 << 18 && Ids.Length <= 1 << 20;

    /// <summary>Makes room for symbols; what the arrays held is lost.</summary>
    public void RoomForSymbols(int count)
    {
        if (Symbols.Length >= count) return;
        (Symbols, Starts, Next, Previous) = (new int[count], new int[count], new int[count], new int[count]);
    }

    /// <summary>Makes room for the tokens of a window.</summary>
    public void RoomForTokens(int count)
    {
        if (_tokens.Length < count) _tokens = new Token[count];
    }

    /// <summary>Carries tokens over to the next window.</summary>
    public void Carry(int start, int count)
    {
        if (_carried.Length < count) _carried = new Token[_tokens.Length];
        _tokens.AsSpan(start, count).CopyTo(_carried);
    }

    /// <summary>Removes all ids.</summary>
    public void ClearIds() => IdCount = 0;

    /// <summary>Appends an id.</summary>
    public void AddId(int id)
    {
        if (IdCount == Ids.Length)
        {
            var larger = new int[2 * IdCount];
            Ids.CopyTo(larger, 0);
            Ids = larger;
        }

        Ids[IdCount++] = id;
    }

    /// <summary>A token and its bounds in bytes of the piece.</summary>
    public readonly record struct Token(int Id, int Start, int End);
}
