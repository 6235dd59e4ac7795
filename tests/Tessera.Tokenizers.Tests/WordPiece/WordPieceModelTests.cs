namespace Tessera.Tokenizers.Tests.WordPiece;

public sealed class WordPieceModelTests
{
    private static readonly Tokenizer s_tokenizer = TinyTokenizers.Of(
        """{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":8,"vocab":{"[UNK]":0,"un":1,"##aff":2,"##able":3,"unable":4,"##a":5,"é":6}}""",
        preTokenizer: """{"type":"WhitespaceSplit"}""");

    [Theory]
    [InlineData("unaffa", new[] { 1, 2, 5 })]
    [InlineData("unable", new[] { 4 })]
    [InlineData("unaffx", new[] { 0 })]
    [InlineData("unaffable", new[] { 0 })] // nine characters are too many
    [InlineData("é un", new[] { 6, 1 })]
    public void TheLongestTokenGoesFirstAndFailureIsOneUnknown(string text, int[] ids) => s_tokenizer.EncodeToIds(text).ShouldBe(ids);

    [Fact]
    public void TheFirstWordsAreCutAsThoseThatComeWhenTheTriesAreMade()
    {
        const string letters = "aabéß#😀";
        string Word(uint number, int most)
        {
            var key = new RandomKey(29, number, 0, RandomPurpose.Tokenize);
            var runes = letters.EnumerateRunes().ToArray();
            return string.Concat(Enumerable.Range(0, 1 + key.Below(most, 0)).Select(i => runes[key.Below(runes.Length, 1 + (uint)i)].ToString()));
        }

        var tokens = Enumerable.Range(0, 120).Select(i => (i % 2 == 0 ? "" : "##") + Word((uint)i, 4)).Append("##").Append("[UNK]").Distinct().ToArray();
        var vocabulary = string.Join(',', tokens.Select(static (t, i) => $"\"{t}\":{i}"));
        Tokenizer New() => TinyTokenizers.Of($$"""{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{ {{vocabulary}} } }""", preTokenizer: """{"type":"WhitespaceSplit"}""");
        var warm = New();
        for (uint number = 0; number < 6_000; number++) warm.CountTokens(Word(1_000_000 + number, 12));
        for (uint number = 0; number < 600; number++)
        {
            var text = $"{Word(1_000 + 2 * number, 14)} {Word(1_001 + 2 * number, 40)}";
            if (number % 100 == 0) text += new string('a', 90);
            New().EncodeToTokens(text).ShouldBe(warm.EncodeToTokens(text), text);
        }
    }
}
