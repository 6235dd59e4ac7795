using System.Text;
using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.SentencePiece;
using Tessera.Tokenizers.Unigram;

namespace Tessera.Tokenizers.Training;

/// <summary>A trained SentencePiece model, as the file that the original library loads and as a tokenizer of this one.</summary>
public sealed class TrainedSentencePiece
{
    private readonly SentencePieceTrainerOptions _options;
    private readonly List<string> _meta;
    private readonly List<(string Text, float Score)> _pieces;

    internal TrainedSentencePiece(SentencePieceTrainerOptions options, List<string> meta, List<(string Text, float Score)> pieces) => (_options, _meta, _pieces) = (options, meta, pieces);

    /// <summary>The number of pieces.</summary>
    public int VocabularySize => _meta.Count + _pieces.Count;

    /// <summary>The pieces with their scores and types (1 normal, 2 unknown, 3 control, 6 byte), in the order of their ids.</summary>
    public IEnumerable<(string Text, float Score, int Type)> Pieces =>
        _meta.Select((text, id) => (text, 0f, (int)TypeOf(text, id))).Concat(_pieces.Select(static p => (p.Text, p.Score, (int)PieceType.Normal)));

    /// <summary>The model file's contents, a protobuf message (sentencepiece_model.proto of google/sentencepiece).</summary>
    public byte[] ToModelFile()
    {
        var model = new ProtobufWriter();
        foreach (var (text, score, type) in Pieces)
        {
            var piece = new ProtobufWriter();
            piece.Text(1, text);
            piece.Single(2, score);
            if (type != (int)PieceType.Normal) piece.Number(3, type);
            model.Block(1, piece.ToArray());
        }

        model.Block(2, TrainerSpec());
        model.Block(3, NormalizerSpec());
        return model.ToArray();
    }

    /// <summary>The model as the original library applies it.</summary>
    public SentencePieceTokenizer ToSentencePieceTokenizer() => SentencePieceTokenizer.Read(ToModelFile(), "trained model");

    /// <summary>
    /// The model in the pipeline of tokenizer.json: the character map, blanks marked, a unigram model or merges. Ids are those of the original
    /// library but where scores tie or grapheme clusters are replaced (<c>docs/tokenizer-training.md</c>).
    /// </summary>
    /// <exception cref="UnsupportedFeatureException">The model cuts text into whole words or characters, which tokenizer.json does not express.</exception>
    public Tokenizer ToTokenizer()
    {
        var entries = Pieces.ToList();
        var vocabulary = Vocabulary.Of([.. entries.Select(static (p, i) => (Encoding.UTF8.GetBytes(p.Text), i))]);
        Func<bool, TokenModel> model = _options.Algorithm switch
        {
            SentencePieceAlgorithm.Unigram => _ => new UnigramModel(vocabulary, [.. entries.Select(static p => (double)p.Score)], 0, _options.ByteFallback, [.. entries.Select(static p => p.Type == (int)PieceType.Normal)]),
            SentencePieceAlgorithm.Bpe => _ => Merging(vocabulary, entries),
            _ => throw new UnsupportedFeatureException("tokenizer.json", $"a SentencePiece model of the kind {_options.Algorithm}", "Save it as a .model file."),
        };
        // Bytes that text falls back to are no special tokens.
        var specials = _meta.Take(_meta.Count - (_options.ByteFallback ? 256 : 0)).ToList();
        return TokenizerTrainer.Assemble(_options, specials, Pipeline(), ComponentJson.Null, canRunOnBytes: false, model);
    }

    private BpeModel Merging(Vocabulary vocabulary, List<(string Text, float Score, int Type)> entries)
    {
        var (merges, _) = SentencePieceMerges.Of(vocabulary, entries.ConvertAll(static p => p.Score), id => entries[id].Type == (int)PieceType.Normal, InputLimits.Default);
        return new BpeModel(vocabulary, merges, new BpeOptions { UnknownToken = _options.Unknown, FuseUnknown = true, ByteFallback = _options.ByteFallback });
    }

    private TrainingPipeline Pipeline()
    {
        var steps = new List<string>();
        var map = NormalizationRules.MapOf(_options.Normalization);
        if (map.Length > 0) steps.Add($$"""{"type":"Precompiled","precompiled_charsmap":"{{Convert.ToBase64String(map)}}"}""");
        if (_options.RemoveExtraBlanks)
        {
            steps.Add("""{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}""");
            steps.Add("""{"type":"Strip","strip_left":true,"strip_right":true}""");
        }

        var (scheme, split) = (_options.AddDummyPrefix ? "always" : "never", _options.SplitByWhitespace ? "true" : "false");
        var metaspace = $$"""{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"{{scheme}}","split":{{split}}}""";
        var decoder = _options.ByteFallback ? ComponentJson.SentencePieceDecoder(_options.AddDummyPrefix) : metaspace;
        return TrainingPipeline.FromJson(steps.Count == 0 ? null : ComponentJson.Normalizers(steps), metaspace, decoder);
    }

    private PieceType TypeOf(string text, int id) =>
        text == _options.Unknown ? PieceType.Unknown : _options.ByteFallback && id >= _meta.Count - 256 ? PieceType.Byte : PieceType.Control;

    // Only what differs from the format's defaults has to be written; ids of roles are always said, since −1 means that there is none.
    private byte[] TrainerSpec()
    {
        var spec = new ProtobufWriter();
        spec.Number(3, (int)_options.Algorithm);
        spec.Number(4, VocabularySize);
        spec.Single(10, (float)_options.CharacterCoverage);
        spec.Number(20, _options.MaxPieceLength);
        spec.Bool(21, _options.SplitByScript);
        spec.Bool(22, _options.SplitByWhitespace);
        spec.Bool(23, _options.SplitByNumber);
        spec.Bool(25, _options.SplitDigits);
        foreach (var control in _options.SpecialTokens) spec.Text(30, control);
        spec.Bool(35, _options.ByteFallback);
        Role(40, 45, _options.Unknown);
        Role(41, 46, _options.BeginOfSequence);
        Role(42, 47, _options.EndOfSequence);
        Role(43, 48, _options.Padding);
        return spec.ToArray();

        void Role(int idField, int textField, string? piece)
        {
            spec.Number(idField, piece is null ? -1 : _meta.IndexOf(piece));
            if (piece is not null) spec.Text(textField, piece);
        }
    }

    private byte[] NormalizerSpec()
    {
        var spec = new ProtobufWriter();
        spec.Text(1, NormalizationRules.NameOf(_options.Normalization));
        spec.Block(2, NormalizationRules.MapOf(_options.Normalization));
        spec.Bool(3, _options.AddDummyPrefix);
        spec.Bool(4, _options.RemoveExtraBlanks);
        spec.Bool(5, true);
        return spec.ToArray();
    }
}
