using System.Numerics.Tensors;
using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Context.Compression;

/// <summary>
/// Asks the encoder for each token's probability to be worth keeping. Chunks run together in ragged passes without padding, so that
/// neighbours never change a probability. Not thread-safe.
/// </summary>
internal sealed class KeepScorer : IDisposable
{
    private readonly EncoderModel _model;
    private readonly Pass _pass;
    private readonly RowBatch _rows = new();
    private readonly List<Sequence> _sequences = [];
    private readonly Lazy<float[]> _mean;

    public KeepScorer(EncoderModel model, PassOptions? passes)
    {
        _model = model;
        _pass = new Pass(passes);
        _mean = new Lazy<float[]>(MeanEmbedding);
    }

    /// <summary>Fills in the probabilities of chunks that have none.</summary>
    public void Score(IReadOnlyList<PromptChunk> chunks, int chunksPerPass, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        var done = 0;
        foreach (var batch in chunks.Where(static c => c.Probabilities is null).Chunk(chunksPerPass))
        {
            Run(batch, cancellation);
            progress?.Report(new CompressionProgress(done += batch.Length, chunks.Count));
        }
    }

    public void Dispose()
    {
        foreach (var sequence in _sequences) sequence.Dispose();
        _pass.Dispose();
    }

    private void Run(PromptChunk[] chunks, CancellationToken cancellation)
    {
        _rows.Clear();
        for (var c = 0; c < chunks.Length; c++) Add(c, chunks[c].Ids);
        var hidden = _model.Run(_pass, _rows, cancellation);
        var logits = _model.Classify(_pass, hidden, [.. Enumerable.Range(0, _rows.Count)]).Span;
        var row = 0;
        foreach (var chunk in chunks)
        {
            chunk.Probabilities = new float[chunk.Ids.Length];
            // The second of softmax's two shares.
            for (var i = 0; i < chunk.Probabilities.Length; i++, row++)
                chunk.Probabilities[i] = (float)(1 / (1 + Math.Exp((double)logits[2 * row] - logits[2 * row + 1])));
        }
    }

    // What the encoder has no token for has the mean of all embeddings; the published package leaves it to chance.
    private void Add(int index, int[] ids)
    {
        if (index == _sequences.Count) _sequences.Add(_model.NewSequence());
        _sequences[index].Truncate(0);
        var known = _model.Stack.Config.VocabularySize;
        var first = _rows.Add(_sequences[index], Array.ConvertAll(ids, id => (uint)id < (uint)known ? id : ids[0]));
        for (var i = 0; i < ids.Length; i++)
        {
            if ((uint)ids[i] >= (uint)known) _rows.SetVector(first + i, _mean.Value);
        }
    }

    private float[] MeanEmbedding()
    {
        var config = _model.Stack.Config;
        var (row, sum) = (new float[config.EmbeddingWidth], new double[config.EmbeddingWidth]);
        for (var id = 0; id < config.VocabularySize; id++)
        {
            _model.Stack.Embedding.Tensor.CopyRowTo(id, row);
            for (var i = 0; i < row.Length; i++) sum[i] += row[i];
        }

        TensorPrimitives.Divide(sum, config.VocabularySize, sum);
        return Array.ConvertAll(sum, static v => (float)v);
    }
}
