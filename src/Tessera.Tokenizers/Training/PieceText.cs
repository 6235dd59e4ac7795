using System.Text;

namespace Tessera.Tokenizers.Training;

/// <summary>Orders of pieces by their text. Texts are compared by code points, which is the order of their UTF-8.</summary>
internal static class PieceText
{
    /// <summary>The number of code points.</summary>
    public static int Length(string text)
    {
        var length = text.Length;
        foreach (var unit in text) length -= char.IsLowSurrogate(unit) ? 1 : 0;
        return length;
    }

    /// <summary>By code points.</summary>
    public static int Compare(string a, string b)
    {
        var most = Math.Min(a.Length, b.Length);
        for (var i = 0; i < most; i++)
        {
            if (a[i] == b[i]) continue;
            // Surrogates stand for what lies above all other units.
            var (first, second) = (char.IsSurrogate(a[i]), char.IsSurrogate(b[i]));
            return first == second ? a[i].CompareTo(b[i]) : first ? 1 : -1;
        }

        return a.Length.CompareTo(b.Length);
    }

    /// <summary>Fewer code points first, then by code points.</summary>
    public static int CompareShorterFirst(string a, string b)
    {
        var order = Length(a).CompareTo(Length(b));
        return order != 0 ? order : Compare(a, b);
    }

    /// <summary>A code point as text; one that is none (a lone surrogate cannot come out of UTF-8) is refused by the framework.</summary>
    public static string Of(int scalar) => new Rune(scalar).ToString();
}
