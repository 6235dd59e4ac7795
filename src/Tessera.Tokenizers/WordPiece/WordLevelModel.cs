namespace Tessera.Tokenizers.WordPiece;

/// <summary>Whole words: a piece is a token or unknown.</summary>
internal sealed class WordLevelModel(Vocabulary vocabulary, string unknownToken) : TokenModel
{
    private readonly int _unknown = vocabulary.Find(unknownToken);

    public override Vocabulary Vocabulary { get; } = vocabulary;

    /// <summary>The unknown token.</summary>
    public string UnknownToken { get; } = unknownToken;

    public override void Tokenize(ReadOnlySpan<byte> piece, TokenBuffer output, EncodeScratch scratch)
    {
        var id = Vocabulary.Find(piece);
        if (id < 0) id = _unknown;
        if (id < 0) throw new MalformedInputException("tokenizer", "model.unk_token", $"a word is not in the vocabulary, and neither is the unknown token \"{UnknownToken}\"");
        output.Add(id, 0, piece.Length);
    }
}
