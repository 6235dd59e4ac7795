using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Files.Compact;

/// <summary>The merges of a compact file, where they lie, in the order of left and right token.</summary>
/// <param name="numbers">Left, right, rank and result of each merge.</param>
/// <param name="tokens">The tokens.</param>
/// <param name="pseudo">Characters that are no tokens and their symbols; null for none.</param>
/// <param name="prefix">The length of the prefix that a part inside a word loses.</param>
/// <param name="file">For messages.</param>
internal sealed unsafe class CompactMerges(FixedNumbers numbers, Vocabulary tokens, Dictionary<int, int>? pseudo, int prefix, CompactFile file) : ISortedMerges
{
    /// <inheritdoc/>
    public int Count => numbers.Count / 4;

    /// <inheritdoc/>
    public Merge* First => (Merge*)numbers.First;

    /// <inheritdoc/>
    public void CheckOne(int number)
    {
        ref var merge = ref First[number];
        if ((uint)merge.Result >= (uint)tokens.Size || (uint)merge.Rank >= int.MaxValue) throw file.Wrong(CompactSection.Merges, $"merge {number}: {merge}");
    }

    /// <summary>Symbols exist, pairs are in order, and what they become is as long as they are together: bounds of tokens are counted by it.</summary>
    public void CheckAll()
    {
        var merges = First;
        var (count, size) = (Count, tokens.Size);
        var symbols = size + (pseudo?.Count ?? 0);
        // Where ids are places the starts tell the lengths, and no table of them is made.
        var lengths = tokens.Ids.Length == 0 && pseudo is null ? null : Lengths();
        ref var starts = ref MemoryMarshal.GetReference(tokens.Starts);
        bool[]? literals = null;
        var previous = -1L;
        for (var i = 0; i < count; i++)
        {
            var merge = merges + i;
            if ((uint)merge->Left >= (uint)symbols || (uint)merge->Right >= (uint)symbols || (uint)merge->Result >= (uint)size || (uint)merge->Rank >= int.MaxValue)
                throw file.Wrong(CompactSection.Merges, $"merge {i}: {*merge}");
            var key = (long)MergeLookup.KeyOf(merge->Left, merge->Right);
            if (key <= previous) throw file.Wrong(CompactSection.Merges, $"merge {i} is out of order");
            previous = key;
            var (left, right, result) = lengths is null
                ? (LengthAt(ref starts, merge->Left), LengthAt(ref starts, merge->Right), LengthAt(ref starts, merge->Result))
                : (lengths[merge->Left], lengths[merge->Right], lengths[merge->Result]);
            if (left > 0 && right > prefix && result == left + right - prefix) continue;
            literals ??= Literals(symbols);
            if (!literals[merge->Left] && !literals[merge->Right]) throw file.Wrong(CompactSection.Merges, $"merge {i} joins {left} and {right} bytes to {result}");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int LengthAt(ref int starts, int id) => Unsafe.Add(ref starts, id + 1) - Unsafe.Add(ref starts, id);

    private int[] Lengths()
    {
        var lengths = new int[tokens.Size + (pseudo?.Count ?? 0)];
        for (var id = 0; id < tokens.Size; id++) lengths[id] = tokens[id].Length;
        if (pseudo is null) return lengths;
        foreach (var (scalar, symbol) in pseudo) lengths[symbol] = Utf8Text.Length(scalar);
        return lengths;
    }

    /// <summary>Which symbols no text ever becomes.</summary>
    private bool[] Literals(int symbols)
    {
        var literals = new bool[symbols];
        foreach (var entry in tokens.Literals) literals[tokens.IdOf(entry)] = true;
        return literals;
    }
}
