using Tessera.Tokenizers.Text.Patterns;

namespace Tessera.Tokenizers.Text.PreTokenizers;

/// <summary>
/// GPT-2's pre-tokenizer: a blank in front if asked for, the pattern, then bytes as printable characters. Where the model itself works on
/// bytes the last step is left out (<see cref="AsBytes"/>).
/// </summary>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool useRegex, bool mapBytes = true) : PreTokenizer
{
    private static readonly SplitPreTokenizer s_split = new(Gpt2Scanner.Instance, SplitBehavior.Isolated, invert: false);

    /// <summary>The same without the map, for a model on bytes.</summary>
    public ByteLevelPreTokenizer AsBytes() => new(addPrefixSpace, useRegex, mapBytes: false);

    /// <summary>Whether this does nothing but apply GPT-2's pattern.</summary>
    public bool OnlyCuts => useRegex && !addPrefixSpace && !mapBytes;

    /// <summary>Whether this does nothing.</summary>
    public bool IsIdentity => !useRegex && !addPrefixSpace && !mapBytes;

    public override void Apply(PreTokenization state)
    {
        if (addPrefixSpace) AddPrefixSpace(state);
        if (useRegex) s_split.Apply(state);
        if (mapBytes) Map(state);
    }

    private static void AddPrefixSpace(PreTokenization state)
    {
        var text = state.Text;
        var (to, pieces) = (state.NextText(), state.NextPieces());
        for (var i = 0; i < state.Pieces.Count; i++)
        {
            var (start, end) = state.Pieces[i];
            var at = to.Length;
            if (text.Span[start] != ' ') to.Append(" "u8, text.SourceStart(start), text.SourceEnd(start));
            to.AppendFrom(text, start, end - start);
            pieces.Add(at, to.Length);
        }

        state.CommitText(to);
        state.CommitPieces();
    }

    private static void Map(PreTokenization state)
    {
        var (to, pieces) = (state.NextText(), state.NextPieces());
        for (var i = 0; i < state.Pieces.Count; i++)
        {
            var (start, end) = state.Pieces[i];
            var at = to.Length;
            ByteAlphabet.Append(state.Text, start, end - start, to);
            pieces.Add(at, to.Length);
        }

        state.CommitText(to);
        state.CommitPieces();
    }
}
