namespace Tessera.Tokenizers.Compression;

/// <summary>
/// An adaptive byte model: n-gram models of orders 0 to 6 and of words, and the longest earlier match, each saying how likely the next bit is a 1; their
/// logits are mixed. Everything in integers, so that every machine gives the same probabilities; memory does not grow with the text.
/// </summary>
internal sealed class ByteMixture
{
    private static readonly int[] s_orders = [1, 2, 3, 4, 6];
    private const int BucketBits = 18, HistoryBits = 22, Limit = 255;
    private const int Contexts = 6, Inputs = 16, MatchAt = 14, OrderZeroAt = 12;
    private const int MatchBytes = 6, MatchBits = 20, LongestMatch = 63;

    private readonly ContextTable[] _tables = [.. Enumerable.Range(0, Contexts).Select(static _ => new ContextTable(BucketBits))];
    private readonly uint[] _orderZero = new uint[256];
    private readonly uint[] _matchCounts = new uint[2 * (LongestMatch + 1)];
    private readonly byte[] _history = new byte[1 << HistoryBits];
    private readonly int[] _matchPlaces = new int[1 << MatchBits];
    private readonly int[] _inputs = new int[Inputs];
    private readonly LogitMixer _byPartial = new(256, Inputs, 1 << 14);
    private readonly LogitMixer _byMatch = new((LongestMatch + 1) * 8, Inputs, 1 << 14);
    private readonly uint[] _refined = new uint[1 << 16]; // by the last byte's low bits, the partial byte and the mixed logit
    private readonly ulong[] _hashes = new ulong[Contexts];

    private ulong _last; // the last 8 bytes
    private ulong _word; // a hash of the letters since the last other byte
    private int _partial = 1; // a 1, then the bits of the byte so far
    private int _count, _matchAt, _matchLength, _expected;
    private int _refinedAt;

    public ByteMixture() => BeginByte();

    /// <summary>The probability that the next bit is a 1, in 16 bits: 1 to 65,535.</summary>
    public int Predict()
    {
        var node = Node();
        var known = 0;
        for (var i = 0; i < Contexts; i++)
        {
            var state = _tables[i].At(node);
            var p = BitCounts.Probability(state);
            if (BitCounts.Count(state) > 0) known = i + 1;
            _inputs[2 * i] = Logistic.Stretch(p);
            _inputs[2 * i + 1] = (p - (1 << 15)) >> 5;
        }

        _inputs[OrderZeroAt] = Logistic.Stretch(BitCounts.Probability(_orderZero[_partial]));
        _inputs[OrderZeroAt + 1] = 256;
        var matched = Matched();
        (_inputs[MatchAt], _inputs[MatchAt + 1]) = (0, 0);
        if (matched >= 0)
        {
            var p = BitCounts.Probability(_matchCounts[matched]);
            (_inputs[MatchAt], _inputs[MatchAt + 1]) = (Logistic.Stretch(p), (p - (1 << 15)) >> 5);
        }

        var logit = (_byPartial.Mix(_inputs, _partial) + _byMatch.Mix(_inputs, (matched >= 0 ? _matchLength : 0) * 8 + known)) >> 1;
        return Refine(logit);
    }

    /// <summary>Learns the bit that came.</summary>
    public void Update(int bit)
    {
        var node = Node();
        _byPartial.Update(_inputs, bit, 6);
        _byMatch.Update(_inputs, bit, 6);
        for (var i = 0; i < Contexts; i++) BitCounts.Update(ref _tables[i].At(node), bit, Limit);
        BitCounts.Update(ref _orderZero[_partial], bit, Limit);
        BitCounts.Update(ref _refined[_refinedAt], bit, Limit);
        if (Matched() is >= 0 and var matched)
        {
            BitCounts.Update(ref _matchCounts[matched], bit, 1023);
            if (_expected >> (7 - Position()) != (_partial << 1 | bit)) _matchLength = 0;
        }

        _partial = _partial << 1 | bit;
        if (_partial >= 256) EndByte();
        else if (_partial is >= 16 and < 32) SelectBuckets();
    }

    // The node of the half byte's tree: bits 1 to 4, then 5 to 8.
    private int Node() => _partial < 16 ? _partial : _partial & (1 << (Position() - 4)) - 1 | 1 << (Position() - 4);

    private int Position() => 31 - System.Numerics.BitOperations.LeadingZeroCount((uint)_partial);

    // −1, or which count tells how far the match is to be trusted: by its length and the bit that it foretells.
    private int Matched() => _matchLength == 0 ? -1 : _matchLength * 2 + (_expected >> (7 - Position()) & 1);

    // A second look at the mixed probability, given the last byte: between it and the first look.
    private int Refine(int logit)
    {
        var last = (int)(_last & 255);
        _refinedAt = (int)((uint)((last << 8 | _partial) * 0x9E37) >> 2 & 0x7FF) << 5 | (logit + Logistic.Most + 1) >> 7;
        ref var state = ref _refined[_refinedAt];
        var p = Logistic.Squash(logit);
        if (BitCounts.Count(state) == 0) return p;
        return Math.Clamp((3 * p + BitCounts.Probability(state)) >> 2, 1, (1 << 16) - 1);
    }

    private void EndByte()
    {
        var value = (byte)_partial;
        _history[_count & (_history.Length - 1)] = value;
        _count = _count == int.MaxValue ? _history.Length : _count + 1;
        _last = _last << 8 | value;
        _word = value is >= (byte)'a' and <= (byte)'z' or >= 0x80 || value is >= (byte)'A' and <= (byte)'Z' ? (_word + (uint)(value | 0x20) + 1) * 0x2545_F491_4F6C_DD1D : 0;
        _partial = 1;
        BeginByte();
    }

    private void BeginByte()
    {
        for (var i = 0; i < s_orders.Length; i++) _hashes[i] = (_last & ulong.MaxValue >> (64 - 8 * s_orders[i])) * 0xD6E8_FEB8_6659_FD93 + (ulong)i;
        _hashes[Contexts - 1] = _word * 0xD6E8_FEB8_6659_FD93 + (_last & 255) + 7;
        Match();
        SelectBuckets();
    }

    private void SelectBuckets()
    {
        for (var i = 0; i < Contexts; i++) _tables[i].Select(_hashes[i] + (ulong)_partial * 0xA076_1D64_78BD_642F);
    }

    private void Match()
    {
        var mask = _history.Length - 1;
        if (_matchLength > 0) (_matchAt, _matchLength) = (_matchAt + 1, Math.Min(_matchLength + 1, LongestMatch));
        ref var place = ref _matchPlaces[(int)((_last << (64 - 8 * MatchBytes)) * 0x9E37_79B9_7F4A_7C15 >> (64 - MatchBits))];
        if (_matchLength == 0 && place > 0 && _count >= MatchBytes)
        {
            _matchAt = place;
            while (_matchLength < LongestMatch && _matchLength < _count && _history[(place - 1 - _matchLength) & mask] == _history[(_count - 1 - _matchLength) & mask]) _matchLength++;
            if (_matchLength < MatchBytes) _matchLength = 0;
        }

        place = _count;
        _expected = 256 | _history[_matchAt & mask];
    }
}
