using System.Buffers;
using System.Text;
using Tessera.Tokenizers.Bpe;

namespace Tessera.Tokenizers;

/// <summary>
/// Validity of lists of a BPE over characters, as SentencePiece makes them: the text is one piece, so that neighbours decide, and a character that
/// the vocabulary does not have is written as its bytes, all of them and nothing else. A tail is the last symbol (−1 where it joins with nothing),
/// and the bytes of a character that has begun.
/// </summary>
internal sealed class CharacterValidity : TokenValidity
{
    private readonly MergePairs _pairs;
    private readonly Vocabulary _vocabulary;
    private readonly IReadOnlyDictionary<int, int> _pseudo; // symbols of characters that are no tokens but parts of some
    private readonly HashSet<int> _fallback;
    private readonly HashSet<int> _added;
    private readonly Dictionary<int, int> _known = []; // beginnings of characters that are tokens, as numbers: how many of those there are

    public CharacterValidity(Tokenizer tokenizer, BpeModel model) : base(tokenizer)
    {
        _vocabulary = model.Vocabulary;
        _pseudo = model.PseudoSymbols ?? new Dictionary<int, int>();
        _added = [.. tokenizer.AddedTokens.Where(static t => !t.Special).Select(static t => t.Id)];
        _fallback = model.Options.ByteFallback ? [.. BpeModel.ByteTokens(_vocabulary).Where(static id => id >= 0)] : [];
        var pseudo = _pseudo.Values.ToHashSet();
        _pairs = new MergePairs(model.Merges, tokenizer.VocabularySize, id => pseudo.Contains(id) || !_fallback.Contains(id) && !tokenizer.IsSpecial(id) && IsCharacter(_vocabulary[id]));
        foreach (var (token, id) in _vocabulary.Entries())
        {
            if (token.Length < 2 || _fallback.Contains(id) || tokenizer.IsSpecial(id) || !IsCharacter(token)) continue;
            for (var length = 1; length < token.Length; length++) _known[KeyOf(token.AsSpan(0, length))] = _known.GetValueOrDefault(KeyOf(token.AsSpan(0, length))) + 1;
        }
    }

    public override bool IsText(int id) => !Tokenizer.IsSpecial(id) && !Tokenizer.IsUnknown(id) && Tokenizer.TokenBytes(id).Length > 0;

    public override bool IsReachable(int id) => IsText(id) && (_pairs.IsMade(id) || _added.Contains(id) || _fallback.Contains(id) && CanFollow(Border, id) || _fallback.Contains(id) && Tokenizer.TokenBytes(id)[0] >= 0x80);

    public override bool StandApart(int left, int right) => !_pairs.IsMade(left) || !_pairs.IsMade(right) || !_pairs.Joins(left, right);

    public override bool CanFollow(TokenTail tail, int token)
    {
        ArgumentNullException.ThrowIfNull(tail);
        if (!IsText(token)) return false;
        var bytes = Tokenizer.TokenBytes(token);
        if (tail.BeginsText && tail.Tokens.Length == 0 && PrefixesBlank && bytes[0] != ' ') return false;
        if (!_fallback.Contains(token)) return tail.Bytes.Length == 0 && (_pairs.IsMade(token) || _added.Contains(token)) && StaysApart(tail, token);
        Span<byte> character = [.. tail.Bytes, bytes[0]];
        return Rune.DecodeFromUtf8(character, out var rune, out _) switch
        {
            OperationStatus.Done => _vocabulary.Find(character is [(byte)' '] ? "\u2581"u8 : character) < 0 && (!_pseudo.TryGetValue(rune.Value, out var symbol) || StaysApart(tail, symbol)),
            OperationStatus.NeedMoreData => _known.GetValueOrDefault(KeyOf(character)) < CountOf(character),
            _ => false,
        };
    }

    // Neighbours are all there is to look at.
    public override bool NeighbourAllows(TokenTail tail, int token) => CanFollow(tail, token);

    public override TokenTail Extend(TokenTail tail, int token)
    {
        ArgumentNullException.ThrowIfNull(tail);
        var bytes = Tokenizer.TokenBytes(token);
        if (!_fallback.Contains(token)) return new TokenTail([token], [0], [], tail.BeginsText);
        byte[] character = [.. tail.Bytes, bytes[0]];
        if (Rune.DecodeFromUtf8(character, out var rune, out _) == OperationStatus.NeedMoreData) return new TokenTail(tail.Tokens.Length == 0 ? [-1] : tail.Tokens, [0], character, tail.BeginsText);
        return new TokenTail([_pseudo.GetValueOrDefault(rune.Value, -1)], [0], [], tail.BeginsText);
    }

    private bool StaysApart(TokenTail tail, int symbol) =>
        tail.Tokens.Length == 0 || !_pairs.IsMade(tail.Tokens[0]) || !_pairs.IsMade(symbol) || !_pairs.Joins(tail.Tokens[0], symbol);

    private static bool IsCharacter(ReadOnlySpan<byte> token) => Rune.DecodeFromUtf8(token, out _, out var used) == OperationStatus.Done && used == token.Length;

    private static int KeyOf(ReadOnlySpan<byte> beginning)
    {
        var key = 0;
        foreach (var b in beginning) key = key << 8 | b;
        return key;
    }

    /// <summary>How many characters have a beginning (Unicode, table 3-7: well-formed UTF-8).</summary>
    private static int CountOf(ReadOnlySpan<byte> beginning)
    {
        var whole = beginning[0] < 0xE0 ? 2 : beginning[0] < 0xF0 ? 3 : 4;
        var last = 1 << 6 * (whole - beginning.Length - 1); // of each value of the next byte
        if (beginning.Length > 1) return 64 * last;
        return last * beginning[0] switch { 0xE0 or 0xED => 32, 0xF0 => 48, 0xF4 => 16, _ => 64 };
    }
}
