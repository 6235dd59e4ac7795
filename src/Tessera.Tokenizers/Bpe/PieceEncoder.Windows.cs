using System.Runtime.CompilerServices;

namespace Tessera.Tokenizers.Bpe;

/// <content>
/// Long pieces. A sequence of tokens is what the merges give if and only if every two neighbours, put together, give themselves again: a
/// first join across a bound would, among the two neighbours alone, have been made as well. So the tokens of two windows of a piece may be
/// put together wherever the windows share a token, and time grows with the length alone. (Neighbours that must be compatible are the idea
/// of Antwerpen and Neubeck's linear encoder, github/rust-gems; it builds on tokens in merge order, this does not.)
/// </content>
internal sealed partial class PieceEncoder
{
    private const int Window = 1_024, Overlap = 128; // symbols; the heap of a window stays in the first-level cache

    private ReadOnlySpan<int> MergeByWindows(ReadOnlySpan<byte> piece, PieceScratch scratch)
    {
        scratch.ClearIds();
        var (from, carried) = (0, 0); // the window's start; how many tokens of the window before lie behind it
        while (true)
        {
            var count = Split(piece[from..], Window, scratch, out var consumed);
            var tokens = MergeByHeap(count, from, consumed, scratch);
            if (!Share(scratch, carried, tokens, out var ofCarried, out var ofTokens)) return MergeWhole(piece, scratch);
            for (var i = 0; i < ofCarried; i++) scratch.AddId(scratch.Carried[i].Id);
            if (from + consumed == piece.Length)
            {
                for (var i = ofTokens; i < tokens; i++) scratch.AddId(scratch.Tokens[i].Id);
                return scratch.Ids.AsSpan(0, scratch.IdCount);
            }

            // What lies near the window's end may be otherwise in the piece: there the next window starts, at a token.
            var limit = from + consumed - Overlap;
            var keep = ofTokens;
            while (keep + 1 < tokens && scratch.Tokens[keep + 1].Start <= limit) keep++;
            while (keep > ofTokens && IsInsideCharacter(piece, scratch.Tokens[keep].Start)) keep--;
            if (keep == 0 || IsInsideCharacter(piece, scratch.Tokens[keep].Start)) return MergeWhole(piece, scratch); // a token as long as the window
            for (var i = ofTokens; i < keep; i++) scratch.AddId(scratch.Tokens[i].Id);
            from = scratch.Tokens[keep].Start;
            carried = tokens - keep;
            scratch.Carry(keep, carried);
        }
    }

    private bool IsInsideCharacter(ReadOnlySpan<byte> piece, int at) => !_onBytes && (piece[at] & 0xC0) == 0x80;

    private ReadOnlySpan<int> MergeWhole(ReadOnlySpan<byte> piece, PieceScratch scratch)
    {
        scratch.ClearIds();
        var count = Split(piece, piece.Length, scratch, out var consumed);
        var tokens = MergeByHeap(count, 0, consumed, scratch);
        for (var i = 0; i < tokens; i++) scratch.AddId(scratch.Tokens[i].Id);
        return scratch.Ids.AsSpan(0, scratch.IdCount);
    }

    /// <summary>Looks for a token that the end of one window and the start of the next have in common.</summary>
    private static bool Share(PieceScratch scratch, int carried, int tokens, out int ofCarried, out int ofTokens)
    {
        (ofCarried, ofTokens) = (0, 0);
        if (carried == 0) return true;
        while (ofCarried < carried && ofTokens < tokens)
        {
            var (one, other) = (scratch.Carried[ofCarried], scratch.Tokens[ofTokens]);
            if (one == other) return true;
            if (one.End <= other.End) ofCarried++;
            if (other.End <= one.End) ofTokens++;
        }

        return false;
    }

    /// <summary>Candidates in a heap by (rank, position), symbols in a linked list; a candidate whose pair has changed is passed over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int MergeByHeap(int count, int from, int consumed, PieceScratch scratch)
    {
        var (symbols, next, previous) = (scratch.Symbols, scratch.Next, scratch.Previous);
        scratch.Candidates.Clear();
        for (var i = 0; i < count; i++) (next[i], previous[i]) = (i + 1, i - 1);
        for (var i = 0; i + 1 < count; i++) Propose(scratch, i, i + 1);
        while (scratch.Candidates.Count > 0)
        {
            var candidate = scratch.Candidates.Pop();
            var left = (int)(uint)candidate;
            var right = next[left];
            if (symbols[left] < 0 || right >= count) continue;
            var rank = (int)(candidate >> 32);
            if (_merges.Find(symbols[left], symbols[right]) != rank) continue;
            symbols[left] = _merges.ResultOf(rank);
            symbols[right] = -1;
            next[left] = next[right];
            if (next[left] < count)
            {
                previous[next[left]] = left;
                Propose(scratch, left, next[left]);
            }

            if (previous[left] >= 0) Propose(scratch, previous[left], left);
        }

        var tokens = 0;
        scratch.RoomForTokens(count);
        for (var i = 0; i < count; i = next[i])
        {
            var end = next[i] < count ? scratch.Starts[next[i]] : consumed;
            scratch.Tokens[tokens++] = new PieceScratch.Token(symbols[i], from + scratch.Starts[i], from + end);
        }

        return tokens;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Propose(PieceScratch scratch, int left, int right)
    {
        var rank = _merges.Find(scratch.Symbols[left], scratch.Symbols[right]);
        if (rank != MergeTable.None) scratch.Candidates.Push((ulong)(uint)rank << 32 | (uint)left);
    }
}
