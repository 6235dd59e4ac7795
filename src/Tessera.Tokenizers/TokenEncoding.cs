using Tessera.Tokenizers.Text.PostProcessors;

namespace Tessera.Tokenizers;

/// <summary>
/// Everything that encoding tells: one entry per token in each list. The shape of Hugging Face's <c>Encoding</c>.
/// </summary>
public sealed class TokenEncoding
{
    internal TokenEncoding(EncodingDraft draft)
    {
        Ids = [.. draft.Ids];
        TypeIds = [.. draft.TypeIds];
        Tokens = [.. draft.Tokens];
        Offsets = [.. draft.Offsets];
        WordIds = [.. draft.Words];
        SpecialTokensMask = [.. draft.SpecialMask];
        AttentionMask = [.. draft.AttentionMask];
        SequenceIds = draft.SequenceIds();
        Overflowing = draft.Overflowing.ConvertAll(static o => o.Finish());
    }

    /// <summary>The ids.</summary>
    public int[] Ids { get; }

    /// <summary>The token type (segment) of each token.</summary>
    public int[] TypeIds { get; }

    /// <summary>Each token as its vocabulary writes it; an added token as it stood in the text.</summary>
    public string[] Tokens { get; }

    /// <summary>Where each token stands in its own text, [start, end) in the unit asked for; (0, 0) for specials that were put in.</summary>
    public (int Start, int End)[] Offsets { get; }

    /// <summary>The number of the piece that each token is part of, counted per text; null for specials that were put in.</summary>
    public int?[] WordIds { get; }

    /// <summary>1 for specials that were put in and for padding.</summary>
    public int[] SpecialTokensMask { get; }

    /// <summary>0 for padding, else 1.</summary>
    public int[] AttentionMask { get; }

    /// <summary>0 for tokens of the first text, 1 for those of the second, null for specials and padding.</summary>
    public int?[] SequenceIds { get; }

    /// <summary>What truncation cut off, as windows.</summary>
    public IReadOnlyList<TokenEncoding> Overflowing { get; }
}
