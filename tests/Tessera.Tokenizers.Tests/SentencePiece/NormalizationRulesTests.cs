using System.Text;
using Tessera.Tokenizers.SentencePiece;
using Tessera.Tokenizers.Text.Normalizers;

namespace Tessera.Tokenizers.Tests.SentencePiece;

public sealed class NormalizationRulesTests
{
    private static readonly CharacterMap s_nmt = new(NormalizationRules.MapOf(SentencePieceNormalization.NmtNfkc));

    [Theory]
    [InlineData("ﬁ", "fi")]
    [InlineData("e\u0301", "é")]
    [InlineData("ạ\u0302", "ậ")]
    [InlineData("a\u0323\u0302", "ậ")]
    [InlineData("ｶﾞ", "カ\u3099")] // half-width marks are compatibility characters of their own
    [InlineData("\u1112\u1161\u11AB", "한")]
    [InlineData("하\u11AB", "한")]
    [InlineData("\t", " ")]
    [InlineData("\u0001", "")]
    [InlineData("～", "～")]
    [InlineData("a", "a")]
    public void CharactersAreReplaced(string text, string expected) => Apply(s_nmt, text).ShouldBe(expected);

    [Fact]
    public void AMapFindsEveryEntryAndNothingElse()
    {
        var random = new Random(3);
        var entries = new Dictionary<string, string>(StringComparer.Ordinal);
        while (entries.Count < 500) entries[Word(random)] = random.Next(9) == 0 ? "" : Word(random);
        var map = new CharacterMap(CharacterMapBuilder.Build(entries.Select(static e => (Encoding.UTF8.GetBytes(e.Key), Encoding.UTF8.GetBytes(e.Value)))));
        foreach (var (key, value) in entries)
        {
            map.TryLongest(Encoding.UTF8.GetBytes(key), out var found, out var length).ShouldBeTrue();
            length.ShouldBe(Encoding.UTF8.GetByteCount(key));
            Encoding.UTF8.GetString(map.Replacement(found)).ShouldBe(value);
        }

        for (var round = 0; round < 3_000; round++)
        {
            var text = Word(random) + Word(random);
            var longest = Enumerable.Range(1, text.Length).Select(n => text[..n]).Where(entries.ContainsKey).LastOrDefault();
            map.TryLongest(Encoding.UTF8.GetBytes(text), out _, out var length).ShouldBe(longest is not null);
            length.ShouldBe(longest is null ? 0 : Encoding.UTF8.GetByteCount(longest));
        }
    }

    private static string Word(Random random) => string.Concat(Enumerable.Range(0, 1 + random.Next(4)).Select(_ => "abcé中"[random.Next(5)]));

    private static string Apply(CharacterMap map, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var result = new List<byte>();
        for (var i = 0; i < bytes.Length;)
        {
            if (!map.TryLongest(bytes.AsSpan(i), out var value, out var length))
            {
                result.Add(bytes[i++]);
                continue;
            }

            result.AddRange(map.Replacement(value));
            i += length;
        }

        return Encoding.UTF8.GetString([.. result]);
    }
}
