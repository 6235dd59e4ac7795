using Tessera.Tokenizers.Bpe;

namespace Tessera.Tokenizers.Files;

/// <summary>
/// A tokenizer.json. The vocabulary and the merges, nearly all of the file, get no rows: they are read as they come, without an object or a
/// string per entry.
/// </summary>
internal sealed class TokenizerJsonTree : JsonTree, IModelTables
{
    private int _model = -1; // its row
    private (int Start, int End) _merges;

    private TokenizerJsonTree(byte[] utf8, string file, InputLimits limits) : base(utf8, file, limits)
    {
    }

    /// <inheritdoc/>
    public ModelVocabulary? Vocabulary { get; private set; }

    /// <summary>Reads a file's text.</summary>
    /// <exception cref="MalformedInputException">It is not JSON in UTF-8, or an entry of the vocabulary is none.</exception>
    /// <exception cref="ResourceLimitException">It is larger than the limits allow.</exception>
    public static TokenizerJsonTree Of(byte[] utf8, string file, InputLimits limits)
    {
        var tree = new TokenizerJsonTree(utf8, file, limits);
        tree.Read();
        return tree;
    }

    /// <inheritdoc/>
    public BpeModel Bpe(JsonPart part, BpeOptions options)
    {
        var vocabulary = ModelJson.Tokens(part, Vocabulary);
        if (_merges.End == 0) throw part.Required("merges").Wrong("an array is expected");
        var merges = new MergesJson(Json, vocabulary, options.ContinuingPrefix.Length, File, Limits).Read(_merges.Start, _merges.End);
        return new BpeModel(vocabulary, merges, options);
    }

    /// <inheritdoc/>
    protected override bool TryTake(int parent, int name, ref JsonCursor cursor)
    {
        if (parent == Root && IsNamed(name, "model"))
        {
            // Of two models the last one counts, as of two equal keys anywhere.
            (_model, Vocabulary, _merges) = (name + 1, null, default);
            return false;
        }

        if (parent != _model) return false;
        var (first, start) = (cursor.Peek(), cursor.At);
        if (IsNamed(name, "vocab"))
        {
            Vocabulary = first switch
            {
                (byte)'{' => ModelVocabulary.Ids(ref cursor, Json, End, File, Limits),
                (byte)'[' => ModelVocabulary.Scored(ref cursor, Json, End, File, Limits),
                _ => null,
            };
            return Vocabulary is not null;
        }

        if (!IsNamed(name, "merges")) return false;
        _merges = first == '[' && cursor.Skip() ? (start, cursor.At) : default;
        cursor.At = _merges.End == 0 ? start : cursor.At;
        return _merges.End > 0;
    }
}
