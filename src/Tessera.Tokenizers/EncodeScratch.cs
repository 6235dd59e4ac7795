using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.PreTokenizers;

namespace Tessera.Tokenizers;

/// <summary>Everything that encoding writes to, kept by the tokenizer for the next call, so that calls allocate nothing but their result.</summary>
internal sealed class EncodeScratch
{
    private SplitCache? _splits;
    private byte[] _prefixed = [];
    private PieceScratch? _pieces;
    private BpeScratch? _bpe;
    private Unigram.UnigramScratch? _unigram;

    /// <summary>The source text in UTF-8.</summary>
    public byte[] Source { get; set; } = [];

    /// <summary>The stretch that is being worked on: a view of the source, or what the normalizer made of it.</summary>
    public TextBuffer Stretch { get; } = new();

    /// <summary>Room for the normalizer's result.</summary>
    public TextBuffer Normalized { get; } = new();

    /// <summary>The stretch's pieces.</summary>
    public PreTokenization PreTokenization { get; } = new();

    /// <summary>The tokens.</summary>
    public TokenBuffer Tokens { get; } = new();

    /// <summary>Working memory of the merge loop.</summary>
    public BpeScratch Bpe => _bpe ??= new BpeScratch();

    /// <summary>Words that the model has cut before; made when it first asks.</summary>
    public SplitCache Splits => _splits ??= new SplitCache();

    /// <summary>Working memory and cache of the fused pipelines; made when one first asks.</summary>
    public PieceScratch Pieces => _pieces ??= new PieceScratch();

    /// <summary>Working memory of the lattice.</summary>
    public Unigram.UnigramScratch Unigram => _unigram ??= new Unigram.UnigramScratch();

    /// <summary>Where dropout draws from; null for none.</summary>
    public RandomKey? Dropout { get; set; }

    /// <summary>The probability of dropout in this call; NaN for the model's own.</summary>
    public double DropoutProbability { get; set; } = double.NaN;

    /// <summary>Unigram segmentations are drawn with this α; null for the best one.</summary>
    public double? SamplingAlpha { get; set; }

    /// <summary>How many numbers dropout has drawn in this call.</summary>
    public uint Draws { get; set; }

    /// <summary>Whether keeping this costs no more than some megabytes.</summary>
    public bool IsOrdinary => Source.Length <= 1 << 22 && _pieces is not { IsOrdinary: false };

    /// <summary>A new scratch without what one long text needed, but with the pieces that were learnt from it.</summary>
    public EncodeScratch Successor() => new() { _splits = _splits, _pieces = _pieces is { IsOrdinary: true } ? _pieces : null };

    /// <summary>Makes room for a piece with a blank in front.</summary>
    public Span<byte> RoomForPrefixed(int bytes)
    {
        if (_prefixed.Length < bytes) _prefixed = new byte[Math.Max(bytes, 256)];
        return _prefixed;
    }

    /// <summary>Makes room for a source text.</summary>
    public Span<byte> RoomForSource(int bytes)
    {
        // Not cleared: of a long text's memory only what is written is ever touched.
        if (Source.Length < bytes) Source = GC.AllocateUninitializedArray<byte>(Math.Max(bytes, (int)Math.Min(Array.MaxLength, 2L * Source.Length)));
        return Source;
    }
}
