namespace Tessera.Tokenizers.Text.PreTokenizers;

/// <summary>One stretch of text (between added tokens) while it is cut: the text, its pieces, and room for the next step's results. Reused.</summary>
internal sealed class PreTokenization
{
    private readonly TextBuffer _textA = new();
    private readonly TextBuffer _textB = new();
    private PieceList _nextPieces = new();

    /// <summary>The text, rewritten by some steps.</summary>
    public TextBuffer Text { get; private set; } = new();

    /// <summary>The pieces of <see cref="Text"/>.</summary>
    public PieceList Pieces { get; private set; } = new();

    /// <summary>Whether byte 0 of the text stands for the start of the source.</summary>
    public bool StartsSource { get; private set; }

    /// <summary>How long the text may become.</summary>
    public long MostBytes { get; set; } = long.MaxValue;

    /// <summary>Starts with one piece.</summary>
    public void Start(TextBuffer text, int start, int end, bool startsSource)
    {
        Text = text;
        StartsSource = startsSource;
        Pieces.Clear();
        Pieces.Add(start, end);
    }

    /// <summary>An empty list for the next pieces; <see cref="CommitPieces"/> puts it in force.</summary>
    public PieceList NextPieces()
    {
        _nextPieces.Clear();
        return _nextPieces;
    }

    /// <summary>Puts the pieces written last in force.</summary>
    public void CommitPieces() => (Pieces, _nextPieces) = (_nextPieces, Pieces);

    /// <summary>An empty buffer for a rewritten text; <see cref="CommitText"/> puts it in force.</summary>
    public TextBuffer NextText()
    {
        var next = ReferenceEquals(Text, _textA) ? _textB : _textA;
        next.MostBytes = MostBytes;
        next.Clear(Text.HasRanges);
        return next;
    }

    /// <summary>Puts the text written last in force.</summary>
    public void CommitText(TextBuffer text) => Text = text;
}
