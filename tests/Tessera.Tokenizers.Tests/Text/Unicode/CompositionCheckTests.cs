using System.Text;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.Normalizers;
using Tessera.Tokenizers.Text.Unicode;
using NormalizationForm = Tessera.Tokenizers.Text.Unicode.NormalizationForm;

namespace Tessera.Tokenizers.Tests.Text.Unicode;

public sealed class CompositionCheckTests
{
    private static readonly UnicodeNormalizer s_nfc = new(compatibility: false, compose: true);

    [Fact]
    public void EveryScalarBetweenLettersAndMarksIsComposedAsAWhole()
    {
        for (var scalar = 0x80; scalar < 0x30000; scalar++)
        {
            if (scalar is >= 0xD800 and < 0xE000) continue;
            var one = char.ConvertFromUtf32(scalar);
            Check($"a{one}\u0301\u0323e{one}{one}");
        }
    }

    [Fact]
    public void StretchesAreComposedAsTheWholeText()
    {
        var alphabet = "aeoAéẹ\u0301\u0323\u0308\u0345\u0344\u0915\u093C\u0958\u09C7\u09BE\u1100\u1161\u11A8가각\u212B\u0F71\u0F73\u0F81 \U0001D157\U0001D165\u3099か\u2126\u0B47\u0B3E".EnumerateRunes().ToArray();
        for (uint seed = 0; seed < 5_000; seed++)
        {
            var key = new RandomKey(23, seed, 0, RandomPurpose.Tokenize);
            var builder = new StringBuilder();
            for (uint i = 0; i < 1 + key.Below(40, 100); i++) builder.Append(alphabet[key.Below(alphabet.Length, 200 + i)].ToString());
            Check(builder.ToString());
        }
    }

    private static void Check(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var changes = new List<(int Scalar, int Change)>();
        NormalizationForm.Decompose(utf8, compatibility: false, changes);
        NormalizationForm.Compose(changes);
        var (from, whole, parts) = (new TextBuffer(), new TextBuffer(), new TextBuffer());
        from.View(utf8, 0, utf8.Length, tracked: true);
        whole.Transform(from, changes);
        var result = s_nfc.Apply(from, parts) ? parts : from;
        if (!result.Span.SequenceEqual(whole.Span)) Encoding.UTF8.GetString(result.Span).ShouldBe(Encoding.UTF8.GetString(whole.Span), text);
        var map = OffsetMap.Of(utf8, OffsetUnit.Scalar);
        for (var i = 0; i < result.Length; i++)
        {
            if (map.Convert(result.SourceStart(i), result.SourceEnd(i)) is var range && range != map.Convert(whole.SourceStart(i), whole.SourceEnd(i)))
                range.ShouldBe(map.Convert(whole.SourceStart(i), whole.SourceEnd(i)), $"byte {i} of what \"{text}\" becomes");
        }
    }
}
