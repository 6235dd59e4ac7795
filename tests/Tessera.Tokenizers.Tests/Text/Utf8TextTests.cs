using System.Text;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Tests.Text;

/// <summary>Transcoding of short texts, which is done here, and of long ones, which the runtime does, must not differ.</summary>
public sealed class Utf8TextTests
{
    private static readonly char[] s_units = ['a', '\0', '\x7F', '\x80', 'é', '\u07FF', '\u0800', '中', '\uFFFF', '\uD7FF', '\uE000', '\uD83D', '\uDE00', '\uDBFF', '\uDC00'];

    [Fact]
    public void TextsOfAnyLengthBecomeWhatTheRuntimeMakesOfThem()
    {
        for (uint number = 0; number < 4_000; number++)
        {
            var key = new RandomKey(23, number, 0, RandomPurpose.Tokenize);
            var text = new string([.. Enumerable.Range(0, number % 10 == 0 ? 250 + key.Below(12, 1) : key.Below(40, 1)).Select(i => s_units[key.Below(s_units.Length, 2 + (uint)i)])]);
            var expected = Encoding.UTF8.GetBytes(text); // a lone surrogate becomes U+FFFD
            var bytes = new byte[3 * text.Length];
            bytes[..Utf8Text.FromUtf16(text, bytes)].ShouldBe(expected);
            Utf8Text.BytesOf(text).ShouldBe(expected);
            Utf8Text.ToUtf16(expected).ShouldBe(Encoding.UTF8.GetString(expected));
        }
    }

    [Fact]
    public void LongTextsComeBack()
    {
        foreach (var length in (int[])[1_000, 4_095, 4_096, 4_097, 20_000])
        {
            var text = string.Concat(Enumerable.Repeat("aé中😀", length / 5));
            Utf8Text.ToUtf16(Utf8Text.BytesOf(text)).ShouldBe(text);
        }
    }
}
