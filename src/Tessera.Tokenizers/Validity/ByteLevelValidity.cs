using System.Collections.Concurrent;
using Tessera.Tokenizers.Bpe;

namespace Tessera.Tokenizers;

/// <summary>Validity of lists of a byte-level BPE, whatever its pre-tokenizer.</summary>
internal sealed class ByteLevelValidity : TokenValidity
{
    // Pieces are words as a rule. In one this long the list is looked at from a token near its end on: merges don't reach farther, patterns hardly.
    private const int LongPiece = 256, Enough = 64;

    private readonly MergePairs _pairs;
    private readonly Vocabulary _raw;
    private readonly bool _wholePieces;
    private readonly HashSet<int> _added;
    private readonly ConcurrentBag<ValidityCheck> _checks = [];
    private readonly Lazy<bool[]> _reachable;

    public ByteLevelValidity(Tokenizer tokenizer, BpeModel model) : base(tokenizer)
    {
        _raw = Vocabulary.Of([.. Enumerable.Range(0, tokenizer.VocabularySize).Where(id => model.Vocabulary.Contains(id) && tokenizer.TokenBytes(id).Length > 0).Select(id => (tokenizer.TokenBytes(id).ToArray(), id))]);
        _pairs = new MergePairs(model.Merges, tokenizer.VocabularySize, id => tokenizer.TokenBytes(id).Length == 1);
        _wholePieces = model.Options.IgnoreMerges;
        _added = [.. tokenizer.AddedTokens.Where(static t => !t.Special).Select(static t => t.Id)];
        _reachable = new Lazy<bool[]>(() => [.. Enumerable.Range(0, tokenizer.VocabularySize).Select(id => IsText(id) && CanFollow(Border, id))]);
    }

    public override bool IsText(int id) => !Tokenizer.IsSpecial(id) && Tokenizer.TokenBytes(id).Length > 0;

    public override bool IsReachable(int id) => (uint)id < (uint)_reachable.Value.Length && _reachable.Value[id];

    // Tokens that no merges make are whole pieces.
    public override bool StandApart(int left, int right) => !_pairs.IsMade(left) || !_pairs.IsMade(right) || !_pairs.Joins(left, right);

    public override bool CanFollow(TokenTail tail, int token)
    {
        ArgumentNullException.ThrowIfNull(tail);
        if (!IsText(token)) return false;
        if (!_checks.TryTake(out var check)) check = new ValidityCheck(Tokenizer.Parts, _pairs, _raw, _wholePieces, _added);
        var fits = check.Fits(tail.With(token, Tokenizer.TokenBytes(token)));
        _checks.Add(check);
        return fits;
    }

    public override TokenTail Extend(TokenTail tail, int token)
    {
        ArgumentNullException.ThrowIfNull(tail);
        var list = tail.With(token, Tokenizer.TokenBytes(token));
        if (!_checks.TryTake(out var check)) check = new ValidityCheck(Tokenizer.Parts, _pairs, _raw, _wholePieces, _added);
        var settled = check.Settled(list);
        _checks.Add(check);
        list = list.From(settled);
        if (list.Bytes.Length <= LongPiece) return list;
        var first = Array.FindIndex(list.Ends, end => end >= list.Bytes.Length - Enough);
        return first < 0 ? list : list.From(Math.Min(first + 1, list.Tokens.Length - 1));
    }
}
