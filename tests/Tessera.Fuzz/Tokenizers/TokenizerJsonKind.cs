using System.Text;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Files;

namespace Tessera.Fuzz;

/// <summary>tokenizer.json files: loaded, used on a few texts, written and loaded again.</summary>
internal sealed class TokenizerJsonKind : IFuzzKind
{
    public string Name => "tokenizer-json";

    public string Description => "loads a tokenizer.json, encodes and decodes texts, writes it and loads it again";

    public byte[] Make(FuzzDice dice)
    {
        var picture = TokenizerJsonPicture.Seed(dice);
        var changes = dice.Below(4);
        for (var i = 0; i < changes; i++) picture.Break(dice);
        return picture.Write(dice);
    }

    public void Use(FuzzInput input)
    {
        var tokenizer = Tokenizer.FromJson(input.Bytes.ToArray(), limits: TokenizerUse.Limits);
        TokenizerUse.Touch(tokenizer);
        using var stream = new MemoryStream();
        TokenizerJsonWriter.Write(tokenizer, stream);
        Tokenizer.FromJson(stream.ToArray(), limits: TokenizerUse.Limits);
    }

    public FuzzStage StageOf(TesseraException refusal) => TokenizerUse.StageOf(refusal);
}
