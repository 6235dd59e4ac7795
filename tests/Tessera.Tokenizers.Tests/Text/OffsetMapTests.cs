using System.Text;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Tests.Text;

public sealed class OffsetMapTests
{
    private static readonly string[] s_characters = ["a", "é", "ए", "世", "😀", "𝔸", "z", "\n"];

    [Fact]
    public void EveryRangeIsCountedAsTheTextIsDecoded()
    {
        var key = new RandomKey(53, 0, 0, RandomPurpose.Tokenize);
        for (uint number = 0; number < 60; number++)
        {
            var text = new StringBuilder();
            for (uint i = 0; i < 3 * number; i++) text.Append(s_characters[key.Below(s_characters.Length, 1_000 * number + i)]);
            var utf8 = Encoding.UTF8.GetBytes(text.ToString());
            foreach (var unit in Enum.GetValues<OffsetUnit>())
            {
                var map = OffsetMap.Of(utf8, unit);
                var (starts, ends) = (new int[utf8.Length + 1], new int[utf8.Length + 1]);
                for (var i = 0; i <= utf8.Length; i++) (starts[i], ends[i]) = (i, Math.Min(utf8.Length, i + i % 5));
                var offsets = new (int Start, int End)[starts.Length];
                map.Convert(starts, ends, offsets);
                for (var i = 0; i < starts.Length; i++)
                {
                    var (start, end) = (starts[i], ends[i]);
                    while (start < utf8.Length && (utf8[start] & 0xC0) == 0x80) start--;
                    while (end < utf8.Length && (utf8[end] & 0xC0) == 0x80) end++;
                    var from = Units(utf8.AsSpan(0, start), unit);
                    var expected = (from, starts[i] == ends[i] ? from : Units(utf8.AsSpan(0, end), unit));
                    offsets[i].ShouldBe(expected);
                    map.Convert(starts[i], ends[i]).ShouldBe(expected);
                }
            }
        }
    }

    private static int Units(ReadOnlySpan<byte> utf8, OffsetUnit unit)
    {
        if (unit == OffsetUnit.Utf8) return utf8.Length;
        var text = Encoding.UTF8.GetString(utf8);
        return unit == OffsetUnit.Utf16 ? text.Length : text.EnumerateRunes().Count();
    }
}
