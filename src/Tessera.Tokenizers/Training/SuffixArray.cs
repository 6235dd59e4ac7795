namespace Tessera.Tokenizers.Training;

/// <summary>
/// The suffixes of a sequence of numbers in order, in linear time by induced sorting (Nong, Zhang and Chan, "Two Efficient Algorithms for
/// Linear Time Suffix Array Construction", IEEE Transactions on Computers 2011), and the substrings that occur more than once.
/// </summary>
internal static class SuffixArray
{
    /// <summary>The starts of all suffixes, the smallest first; a suffix comes before those that it begins.</summary>
    /// <param name="text">Numbers from 0.</param>
    public static int[] Of(int[] text)
    {
        // Numbers become their ranks, so that buckets are as many as there are different ones.
        var distinct = text.Distinct().Order().ToArray();
        var rank = new Dictionary<int, int>(distinct.Length);
        for (var i = 0; i < distinct.Length; i++) rank[distinct[i]] = i;
        return Sort(Array.ConvertAll(text, c => rank[c]), distinct.Length);
    }

    /// <summary>
    /// The longest substrings of every set of at least two occurrences (the inner nodes of the suffix tree): a substring that is always
    /// followed by the same number is not among them, the longer one is. In the order in which a walk over the sorted suffixes leaves them.
    /// </summary>
    /// <param name="text">Numbers from 0.</param>
    /// <param name="found">Takes where a substring stands first in the order of suffixes, its length, and how often it occurs.</param>
    public static void Repeats(int[] text, Action<int, int, int> found)
    {
        var suffixes = Of(text);
        var common = CommonPrefixes(text, suffixes);
        var open = new Stack<(int First, int Length)>();
        for (var i = 0; i <= text.Length; i++)
        {
            var length = i == text.Length ? 0 : common[i];
            var first = i;
            while (open.TryPeek(out var top) && top.Length > length)
            {
                open.Pop();
                if (i - top.First > 1) found(suffixes[top.First], top.Length, i - top.First);
                first = top.First;
            }

            if (length > 0 && (!open.TryPeek(out var below) || below.Length < length)) open.Push((first, length));
            if (i < text.Length) open.Push((i, text.Length - suffixes[i] + 1)); // the suffix itself, longer than all that it shares
        }
    }

    /// <summary>How many numbers each suffix shares with the one before it (Kasai et al. 2001).</summary>
    private static int[] CommonPrefixes(int[] text, int[] suffixes)
    {
        var (places, common) = (new int[text.Length], new int[text.Length]);
        for (var i = 0; i < suffixes.Length; i++) places[suffixes[i]] = i;
        var length = 0;
        for (var start = 0; start < text.Length; start++)
        {
            if (places[start] == 0)
            {
                length = 0;
                continue;
            }

            var other = suffixes[places[start] - 1];
            while (start + length < text.Length && other + length < text.Length && text[start + length] == text[other + length]) length++;
            common[places[start]] = length;
            if (length > 0) length--;
        }

        return common;
    }

    private static int[] Sort(int[] text, int alphabet)
    {
        var n = text.Length;
        if (n < 2) return n == 0 ? [] : [0];
        // A suffix is small (S) when it is smaller than the next one; the last one is not, an end being smaller than everything.
        var isSmall = new bool[n];
        for (var i = n - 2; i >= 0; i--) isSmall[i] = text[i] == text[i + 1] ? isSmall[i + 1] : text[i] < text[i + 1];
        bool IsLeftmost(int i) => i > 0 && isSmall[i] && !isSmall[i - 1];
        var bounds = new int[alphabet + 1];
        foreach (var c in text) bounds[c + 1]++;
        for (var c = 0; c < alphabet; c++) bounds[c + 1] += bounds[c];
        int[] leftmost = [.. Enumerable.Range(0, n).Where(IsLeftmost)];
        var order = Induce(text, isSmall, bounds, leftmost);
        if (leftmost.Length < 2) return order;

        // The stretches between leftmost small suffixes are in order now; equal ones get the same name, and the names are sorted in turn.
        var sorted = order.Where(IsLeftmost).ToArray();
        var ends = new int[n];
        for (var i = 0; i < leftmost.Length; i++) ends[leftmost[i]] = i + 1 < leftmost.Length ? leftmost[i + 1] : n;
        var names = new int[n];
        var name = 0;
        for (var i = 1; i < sorted.Length; i++)
        {
            var (a, b) = (sorted[i - 1], sorted[i]);
            var (lengthA, lengthB) = (ends[a] - a, ends[b] - b);
            // A stretch includes the start of the next one; one that runs into the end equals no other.
            var same = lengthA == lengthB && ends[a] < n && ends[b] < n && text.AsSpan(a, lengthA + 1).SequenceEqual(text.AsSpan(b, lengthB + 1));
            if (!same) name++;
            names[b] = name;
        }

        if (name + 1 < sorted.Length)
        {
            var reduced = Sort(Array.ConvertAll(leftmost, i => names[i]), name + 1);
            sorted = Array.ConvertAll(reduced, i => leftmost[i]);
        }

        return Induce(text, isSmall, bounds, sorted);
    }

    /// <summary>All suffixes in order, from the order of the leftmost small ones: larger ones from the left, then small ones from the right.</summary>
    private static int[] Induce(int[] text, bool[] isSmall, int[] bounds, int[] leftmost)
    {
        var n = text.Length;
        var order = new int[n];
        order.AsSpan().Fill(-1);
        var ends = bounds.AsSpan(1).ToArray();
        for (var i = leftmost.Length - 1; i >= 0; i--) order[--ends[text[leftmost[i]]]] = leftmost[i];

        var starts = bounds.AsSpan(0, bounds.Length - 1).ToArray();
        order[starts[text[n - 1]]++] = n - 1;
        for (var i = 0; i < n; i++)
        {
            var before = order[i] - 1;
            if (before >= 0 && !isSmall[before]) order[starts[text[before]]++] = before;
        }

        ends = bounds.AsSpan(1).ToArray();
        for (var i = n - 1; i >= 0; i--)
        {
            var before = order[i] - 1;
            if (before >= 0 && isSmall[before]) order[--ends[text[before]]] = before;
        }

        return order;
    }
}
