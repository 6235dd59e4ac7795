namespace Tessera.Tokenizers;

/// <summary>Tokens as their vocabulary writes them, a string each however often it is shown, made when it is first asked for.</summary>
internal sealed class TokenNames(Tokenizer tokenizer)
{
    private readonly string?[] _names = new string?[tokenizer.VocabularySize];

    /// <summary>The token of an id; empty where the id names none.</summary>
    public string this[int id] => (uint)id < (uint)_names.Length ? _names[id] ??= tokenizer.IdToToken(id) ?? "" : "";
}
