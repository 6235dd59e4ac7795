using System.Text.Json;
using Tessera.Tokenizers;
using Tessera.Tokenizers.SentencePiece;

namespace Tessera.Golden;

/// <summary>A SentencePiece model file: normalised text, ids, pieces, surfaces and places, decoded text, and a unigram model's best segmentations.</summary>
internal sealed class SentencePieceReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Root.Find("model") is { Kind: JsonValueKind.String } model && model.AsString().EndsWith(".model", StringComparison.Ordinal) && file.HasBeside(model.AsString())
        && @case.Has("input") && (@case.Input.Has("text") || @case.Input.Has("ids")) && @case.Expected.Has("decoded");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (file, input, expected) = (@case.File, @case.Input, @case.Expected);
        var path = file.Root["model"].AsFilePath();
        var model = file.Directory.RunCache.Get("sentencepiece|" + path, () => SentencePieceTokenizer.Load(path));
        if (input.Find("ids") is { } given)
        {
            check.Equal(expected["decoded"], model.Decode(given.AsInts()));
            return;
        }

        var text = input["text"].AsString();
        var tokens = model.EncodeToPieces(text);
        int[] ids = [.. tokens.Select(static t => t.Id)];
        check.Equal(expected["normalized"], model.Normalize(text));
        check.SameIds(expected["ids"], ids);
        check.SameIds(expected["ids"], model.EncodeToIds(text));
        check.SameStrings(expected["pieces"], [.. tokens.Select(static t => t.Piece)]);
        check.SameStrings(expected["surface"], [.. tokens.Select(static t => t.Surface)]);
        check.Tensor(expected["begin_end"], tokens.SelectMany(static t => (double[])[t.Start, t.End]).ToArray(), Tolerance.Exact);
        check.SameIds(expected["ids_bos_eos"], [model.EncodeToIds(text, addBegin: true, addEnd: true)[0], model.EncodeToIds(text, addBegin: true, addEnd: true)[^1]]);
        check.Equal(expected["decoded"], model.Decode(ids));
        Pipeline(check, file, path, text, expected, ids);
        if (expected.Find("nbest") is { } best) Best(check, model, text, best, new Tolerance(file.Tolerance("nbest score")));
    }

    // The same model as a tokenizer like any other: ids, decoded text, streamed text.
    private static void Pipeline(GoldenCheck check, GoldenFile file, string path, string text, GoldenValue expected, int[] ids)
    {
        var tokenizer = file.Directory.RunCache.Get("sentencepiece tokenizer|" + path, () => Tokenizer.LoadSentencePiece(path));
        check.SameIds(expected["ids"], tokenizer.EncodeToIds(text, EncodeOptions.PlainText));
        check.SameIds(expected["ids"], [.. tokenizer.EncodeToTokens(text, EncodeOptions.PlainText).Select(static t => t.Id)]);
        check.Equal(expected["decoded"], tokenizer.Decode(ids));
        var stream = tokenizer.CreateStreamingDecoder(skipSpecialTokens: false);
        check.Equal(expected["decoded"], string.Concat(ids.Select(stream.Append)) + stream.Flush());
    }

    // Segmentations of equal scores come in any order, so the scores are compared in order and each segmentation among those of its score.
    private static void Best(GoldenCheck check, SentencePieceTokenizer model, string text, GoldenValue expected, Tolerance tolerance)
    {
        var own = model.EncodeBest(text, Math.Max(1, expected.Count) + 8);
        check.That(own.Count >= expected.Count, expected.Path, $"{expected.Count} segmentations", $"{own.Count}");
        for (var i = 0; i < Math.Min(own.Count, expected.Count); i++)
        {
            var ids = expected[i]["ids"].AsInts();
            check.Close(expected[i]["score"], own[i].Score, tolerance);
            check.That(own.Any(o => Math.Abs(o.Score - own[i].Score) <= 2 * tolerance.Absolute && o.Ids.AsSpan().SequenceEqual(ids)), expected[i].Path, string.Join(" ", ids), string.Join(" ", own[i].Ids));
        }
    }
}
