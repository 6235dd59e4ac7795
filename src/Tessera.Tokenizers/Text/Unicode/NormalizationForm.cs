namespace Tessera.Tokenizers.Text.Unicode;

/// <summary>
/// Unicode normalization forms on scalars, with Unicode 9 tables, keeping for every output scalar how many input scalars it stands for:
/// 0 replaces one, 1 is inserted, −n replaces 1 + n. Knows nothing about offsets; <see cref="TextBuffer.Transform"/> replays the changes.
/// (.NET's own Normalize does nothing in invariant globalization mode, and throws on lone surrogates.)
/// </summary>
internal static class NormalizationForm
{
    private const int SBase = 0xAC00, LBase = 0x1100, VBase = 0x1161, TBase = 0x11A7, LCount = 19, VCount = 21, TCount = 28, SCount = LCount * VCount * TCount;

    /// <summary>Decomposes and puts marks in canonical order (NFD, NFKD).</summary>
    public static void Decompose(ReadOnlySpan<byte> text, bool compatibility, List<(int Scalar, int Change)> into)
    {
        var marks = into.Count; // start of the current run of non-starters
        Span<int> expanded = stackalloc int[MaxExpansion];
        for (var i = 0; i < text.Length;)
        {
            var scalar = Utf8Text.Decode(text, i, out var length);
            i += length;
            var count = Expand(scalar, compatibility, expanded);
            for (var n = 0; n < count; n++)
            {
                if (UnicodeTables.CombiningClass(expanded[n]) == 0)
                {
                    Order(into, marks);
                    into.Add((expanded[n], n == 0 ? 0 : 1));
                    marks = into.Count;
                }
                else
                {
                    into.Add((expanded[n], n == 0 ? 0 : 1));
                }
            }
        }

        Order(into, marks);
    }

    /// <summary>Composes what <see cref="Decompose"/> gave (NFC, NFKC), in place.</summary>
    public static void Compose(List<(int Scalar, int Change)> text)
    {
        var (write, starter, lastClass) = (0, -1, -1);
        for (var read = 0; read < text.Count; read++)
        {
            var (scalar, change) = text[read];
            var combining = UnicodeTables.CombiningClass(scalar);
            // A mark is blocked by an earlier mark of the same or a higher class, anything by a kept starter in between.
            if (starter >= 0 && (lastClass < 0 || lastClass < combining) && Composite(text[starter].Scalar, scalar) is var composite and >= 0)
            {
                text[starter] = (composite, text[starter].Change + change - 1);
                continue;
            }

            if (combining == 0)
            {
                (starter, lastClass) = (write, -1);
            }
            else if (starter >= 0)
            {
                lastClass = combining;
            }

            text[write++] = (scalar, change);
        }

        text.RemoveRange(write, text.Count - write);
    }

    // The longest full decomposition is U+FDFA's, 18 scalars.
    private const int MaxExpansion = 32;

    private static int Expand(int scalar, bool compatibility, Span<int> into)
    {
        if (scalar < 0xA0)
        {
            into[0] = scalar;
            return 1;
        }

        if (scalar is >= SBase and < SBase + SCount)
        {
            var index = scalar - SBase;
            into[0] = LBase + index / (VCount * TCount);
            into[1] = VBase + index % (VCount * TCount) / TCount;
            into[2] = TBase + index % TCount;
            return index % TCount == 0 ? 2 : 3;
        }

        var parts = UnicodeTables.Decomposition(scalar, compatibility);
        if (parts.Length == 0)
        {
            into[0] = scalar;
            return 1;
        }

        var count = 0;
        foreach (var part in parts) count += Expand(part, compatibility, into[count..]);
        return count;
    }

    private static int Composite(int first, int second)
    {
        if (first is >= LBase and < LBase + LCount && second is >= VBase and < VBase + VCount)
            return SBase + ((first - LBase) * VCount + second - VBase) * TCount;
        if (first is >= SBase and < SBase + SCount && (first - SBase) % TCount == 0 && second is > TBase and < TBase + TCount)
            return first + second - TBase;
        return UnicodeTables.Composition(first, second);
    }

    private static void Order(List<(int Scalar, int Change)> text, int from)
    {
        if (text.Count - from < 2) return;
        if (text.Count - from > 32)
        {
            var inOrder = true;
            for (int i = from + 1, last = UnicodeTables.CombiningClass(text[from].Scalar); i < text.Count && inOrder; i++)
            {
                var next = UnicodeTables.CombiningClass(text[i].Scalar);
                inOrder = next >= last;
                last = next;
            }

            if (inOrder) return;
            // Stable, and never quadratic for a text that is one long heap of marks.
            var sorted = text.Skip(from).OrderBy(t => UnicodeTables.CombiningClass(t.Scalar)).ToList();
            for (var i = 0; i < sorted.Count; i++) text[from + i] = sorted[i];
            return;
        }

        for (var i = from + 1; i < text.Count; i++)
        {
            var item = text[i];
            var combining = UnicodeTables.CombiningClass(item.Scalar);
            var j = i;
            for (; j > from && UnicodeTables.CombiningClass(text[j - 1].Scalar) > combining; j--) text[j] = text[j - 1];
            text[j] = item;
        }
    }
}
