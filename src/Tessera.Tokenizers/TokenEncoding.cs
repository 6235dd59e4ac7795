using Tessera.Tokenizers.Text.PostProcessors;

namespace Tessera.Tokenizers;

/// <summary>
/// Everything that encoding tells: one entry per token in each list. The shape of Hugging Face's <c>Encoding</c>. What is not ids or
/// offsets is made when it is first asked for.
/// </summary>
public sealed class TokenEncoding
{
    private readonly EncodingDraft _draft; // nobody else's, and not changed any more

    private readonly TokenNames _names;

    internal TokenEncoding(EncodingDraft draft, TokenNames names) => (_draft, _names) = (draft, names);

    /// <summary>The ids.</summary>
    public int[] Ids => _draft.Ids;

    /// <summary>The token type (segment) of each token.</summary>
    public int[] TypeIds => field ??= _draft.TypeIds();

    /// <summary>Each token as its vocabulary writes it; an added token as it stood in the text.</summary>
    public string[] Tokens => field ??= _draft.Tokens(_names);

    /// <summary>Where each token stands in its own text, [start, end) in the unit asked for; (0, 0) for specials that were put in.</summary>
    public (int Start, int End)[] Offsets => _draft.Offsets;

    /// <summary>The number of the piece that each token is part of, counted per text; null for specials that were put in.</summary>
    public int?[] WordIds => field ??= _draft.WordIds();

    /// <summary>1 for specials that were put in and for padding.</summary>
    public int[] SpecialTokensMask => field ??= _draft.SpecialMask();

    /// <summary>0 for padding, else 1.</summary>
    public int[] AttentionMask => field ??= _draft.AttentionMask();

    /// <summary>0 for tokens of the first text, 1 for those of the second, null for specials and padding.</summary>
    public int?[] SequenceIds => field ??= _draft.SequenceIds();

    /// <summary>What truncation cut off, as windows.</summary>
    public IReadOnlyList<TokenEncoding> Overflowing => field ??= _draft.Overflowing.ConvertAll(o => new TokenEncoding(o, _names));
}
