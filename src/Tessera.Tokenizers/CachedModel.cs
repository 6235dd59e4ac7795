using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers;

/// <summary>A model that keeps what it made of short pieces.</summary>
internal abstract class CachedModel : TokenModel
{
    private const int BatchSize = 16;
    private const int Few = 128; // bounds; so few are not worth a method that is compiled at run time

    /// <summary>The token that is shown as the text that it stands for; −1 for none.</summary>
    protected virtual int ShownToken => -1;

    public sealed override void Tokenize(ReadOnlySpan<byte> piece, TokenBuffer output, EncodeScratch scratch)
    {
        if (scratch.SamplingAlpha is not null) Cut(piece, output, scratch);
        else TokenizeOne(piece, 0, piece.Length, WordMark.None, 0, output, scratch);
    }

    public sealed override void Tokenize(ReadOnlySpan<byte> text, PieceList pieces, TokenBuffer output, EncodeScratch scratch, ref int word)
    {
        if (scratch.SamplingAlpha is not null) base.Tokenize(text, pieces, output, scratch, ref word);
        else Tokenize(text, pieces.Bounds, WordMark.None, output, scratch, ref word);
    }

    /// <summary>Appends the tokens of several pieces, each a word; their bounds count bytes of the text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="bounds">Start and end of each piece, one after the other; without what marks them.</param>
    /// <param name="mark">What stands in front of each piece for the model.</param>
    /// <param name="output">Takes the tokens.</param>
    /// <param name="scratch">Working memory of the calling thread; not for segmentations by chance.</param>
    /// <param name="word">The word of the first piece; moved on behind the last.</param>
    public void Tokenize(ReadOnlySpan<byte> text, ReadOnlySpan<int> bounds, WordMark mark, TokenBuffer output, EncodeScratch scratch, ref int word)
    {
        if (bounds.Length > Few)
        {
            TokenizeMany(text, bounds, mark, output, scratch, ref word);
            return;
        }

        for (var i = 0; i + 1 < bounds.Length; i += 2) TokenizeOne(text, bounds[i], bounds[i + 1], mark, word++, output, scratch);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TokenizeMany(ReadOnlySpan<byte> text, ReadOnlySpan<int> bounds, WordMark mark, TokenBuffer output, EncodeScratch scratch, ref int word)
    {
        var (cache, number) = (scratch.Splits, word);
        Span<Pending> batch = stackalloc Pending[BatchSize];
        while (bounds.Length > 0)
        {
            // The lines of all are asked for before the first is needed.
            batch = batch[..Math.Min(batch.Length, bounds.Length / 2)];
            for (var i = 0; i < batch.Length; i++)
            {
                ref var pending = ref batch[i];
                (pending.Start, pending.End) = (bounds[2 * i], bounds[2 * i + 1]);
                pending.Key = KeyOf(text, pending.Start, pending.End);
                if (mark.Length > 0) pending.Key.High |= SplitCache.Marked;
                pending.Hash = SplitCache.HashOf(pending.Key);
                cache.Prefetch(pending.Hash);
            }

            for (var i = 0; i < batch.Length; i++, number++)
            {
                ref var pending = ref batch[i];
                ref var slot = ref cache.Find(pending.Key, pending.Hash);
                if (Unsafe.IsNullRef(ref slot) || pending.End - pending.Start > SplitCache.MostBytes)
                {
                    Miss(text, pending.Start, pending.End, pending.Key, mark, number, output, scratch);
                    continue;
                }

                output.AppendAtOnce(slot, pending.Start, mark, number);
                if (slot.IsShown) Show(text, output.Count - slot.Count, output);
            }

            bounds = bounds[(2 * batch.Length)..];
        }

        word = number;
    }

    /// <summary>Appends the piece's tokens; gives whether they may be kept.</summary>
    protected abstract bool Cut(ReadOnlySpan<byte> piece, TokenBuffer output, EncodeScratch scratch);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (ulong Low, ulong High) KeyOf(ReadOnlySpan<byte> text, int start, int end)
    {
        var length = end - start;
        if (length > SplitCache.MostBytes) return default;
        return start <= text.Length - 16 ? SplitCache.KeyOf(ref Unsafe.Add(ref MemoryMarshal.GetReference(text), start), length) : length == 0 ? default : SplitCache.KeyOf(text[start..end]);
    }

    private void TokenizeOne(ReadOnlySpan<byte> text, int start, int end, WordMark mark, int word, TokenBuffer output, EncodeScratch scratch)
    {
        var (key, length) = (default((ulong Low, ulong High)), end - start);
        if (length <= SplitCache.MostBytes)
        {
            if (length > 0) key = SplitCache.KeyOf(text[start..end]);
            if (mark.Length > 0) key.High |= SplitCache.Marked;
            ref var slot = ref scratch.Splits.Find(key, SplitCache.HashOf(key));
            if (!Unsafe.IsNullRef(ref slot))
            {
                output.Append(slot, start, mark, word);
                if (slot.IsShown) Show(text, output.Count - slot.Count, output);
                return;
            }
        }

        Miss(text, start, end, key, mark, word, output, scratch);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Miss(ReadOnlySpan<byte> text, int start, int end, (ulong Low, ulong High) key, WordMark mark, int word, TokenBuffer output, EncodeScratch scratch)
    {
        var first = output.Count;
        var piece = text[start..end];
        var marked = piece;
        if (mark.Length > 0)
        {
            var room = scratch.RoomForPrefixed(mark.Length + piece.Length);
            mark.Text.CopyTo(room);
            piece.CopyTo(room[mark.Length..]);
            marked = room[..(mark.Length + piece.Length)];
        }

        if (Cut(marked, output, scratch) && piece.Length <= SplitCache.MostBytes) scratch.Splits.Keep(key, output, first, mark.Length, ShownToken);
        output.Place(first, start, mark, word);
    }

    /// <summary>Says of the tokens from one on what text those stand for that are shown as it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Show(ReadOnlySpan<byte> text, int first, TokenBuffer output)
    {
        if (!output.IsDetailed) return;
        for (var i = first; i < output.Count; i++)
        {
            if (output.Ids[i] == ShownToken) output.SetText(i, text[output.Starts[i]..output.Ends[i]]);
        }
    }

    /// <summary>A piece whose tokens were asked for.</summary>
    private struct Pending
    {
        public (ulong Low, ulong High) Key;
        public ulong Hash;
        public int Start, End;
    }
}
