using System.Numerics.Tensors;
using Tessera.Models;
using Tessera.Tokenizers;

namespace Tessera.Golden;

/// <summary>
/// Sentence embeddings of a real encoder: the text's ids with truncation, the mean over all rows, normalised, and the cosines of all sentences of
/// the file. All sentences run in one ragged pass, so that neighbours can't change a row.
/// </summary>
internal sealed class EmbeddingReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Root.Has("model") && file.Root.Has("max_length") && @case.Has("input") && @case.Input.Has("text") && @case.Has("expected") && @case.Expected.Has("embedding") && @case.Expected.Has("mean_pooled_l2");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (file, expected) = (@case.File, @case.Expected);
        var all = file.Shared("embeddings", () => Embed(file, cancellationToken));
        var index = file.Cases.ToList().IndexOf(@case);
        var own = all[index];
        check.SameIds(expected["ids"], own.Encoding.Ids);
        check.Tensor(expected["offsets"], own.Encoding.Offsets.SelectMany(static o => (double[])[o.Start, o.End]).ToArray(), Tolerance.Exact);
        check.Equal(expected["truncated"], own.IsTruncated);
        var tolerance = new Tolerance(file.Tolerance("embedding_absolute"));
        check.Tensor(expected["embedding"], own.Vector, tolerance);

        // Norms of a few units, of the same 384 components: relative as the components are.
        check.Close(expected["mean_pooled_l2"], own.PooledNorm, new Tolerance(0, tolerance.Absolute));
        check.Close(expected["cls_l2"], own.FirstNorm, new Tolerance(0, tolerance.Absolute));
        if (file.Root.Find("cosine") is { } cosine)
            check.Tensor($"cosine[{index}]", cosine[index].AsTensor(), all.Select(other => (double)TensorPrimitives.Dot<float>(own.Vector, other.Vector)).ToArray(), new Tolerance(file.Tolerance("cosine_absolute")));
        expected.Find("max_difference_to_sentence_transformers")?.Waive("a remark of the reference about itself");
    }

    private static Sentence[] Embed(GoldenFile file, CancellationToken cancellation)
    {
        var name = file.Root["model"].AsString();
        var model = GoldenModels.Real<EncoderModel>(file, name);
        var tokenizer = TokenizerFiles.Of(file)!;
        var length = file.Root["max_length"].AsInt();
        var options = new EncodeOptions { OffsetUnit = OffsetUnit.Scalar, Truncation = new TruncationOptions { MaxLength = length } };
        var encodings = file.Cases.Select(c => tokenizer.Encode(c.Input["text"].AsString(), null, options)).ToList();
        using var run = new EncoderRun(model, [.. encodings.Select(static e => new ProbeRows(e.Ids))], null, null, cancellation);
        var width = model.Stack.Config.Width;
        var sentences = new List<Sentence>();
        var row = 0;
        foreach (var encoding in encodings)
        {
            var mean = new float[width];
            for (var r = 0; r < encoding.Ids.Length; r++) TensorPrimitives.Add(mean, run.Hidden.AsSpan((row + r) * width, width), mean);
            TensorPrimitives.Divide(mean, encoding.Ids.Length, mean);
            var norm = TensorPrimitives.Norm<float>(mean);
            var first = TensorPrimitives.Norm<float>(run.Hidden.AsSpan(row * width, width));
            TensorPrimitives.Divide(mean, norm, mean);
            sentences.Add(new Sentence(encoding, mean, norm, first, encoding.Overflowing.Count > 0));
            row += encoding.Ids.Length;
        }

        return [.. sentences];
    }

    private sealed record Sentence(TokenEncoding Encoding, float[] Vector, double PooledNorm, double FirstNorm, bool IsTruncated);
}
