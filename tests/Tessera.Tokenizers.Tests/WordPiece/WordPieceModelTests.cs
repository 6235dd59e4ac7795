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
}
