using Tessera.Tensors;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Attention;

/// <summary>
/// T5's attention (Raffel et al., 2020, arXiv:1910.10683): score = scale·dot + a learnt number for the head and the bucket of the distance
/// key position - query position. Half of the buckets stand for one distance each, the others for ranges that grow logarithmically up to a
/// largest distance; in encoders each direction has half of all buckets, in decoders keys behind the query share bucket 0.
/// </summary>
public sealed unsafe class RelativeBiasRule : AttentionRule
{
    private readonly Tensor _table;
    private readonly int _buckets;
    private readonly int _heads;
    private readonly int[] _bucketOf; // of the distances -MaxBucketDistance … MaxBucketDistance; beyond them nothing changes

    /// <summary>Creates the rule.</summary>
    /// <param name="table">The biases, [buckets, query heads], F32; read at every call, so that training may change them.</param>
    /// <param name="bidirectional">Whether keys may follow the query (encoders).</param>
    /// <param name="maxBucketDistance">The distance from which the last bucket is used.</param>
    /// <param name="scale">What dot products are multiplied by; T5 has 1.</param>
    public RelativeBiasRule(Tensor table, bool bidirectional, int maxBucketDistance = 128, float scale = 1f)
    {
        ArgumentNullException.ThrowIfNull(table);
        var shape = table.Shape.Span;
        if (table.Format != TensorFormat.F32 || shape.Length != 2) throw new ArgumentException("The table is F32, [buckets, heads].", nameof(table));
        (_table, _buckets, _heads) = (table, checked((int)shape[0]), checked((int)shape[1]));
        if (_buckets < (bidirectional ? 4 : 2) || bidirectional && _buckets % 2 != 0) throw new ArgumentException($"{_buckets} buckets can't be shared out.", nameof(table));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(maxBucketDistance, _buckets / (bidirectional ? 4 : 2));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxBucketDistance, 1 << 20); // it sizes a table
        Bidirectional = bidirectional;
        MaxBucketDistance = maxBucketDistance;
        Scale = scale;
        _bucketOf = new int[2 * maxBucketDistance + 1];
        for (var i = 0; i < _bucketOf.Length; i++) _bucketOf[i] = Positions.RelativeBucket(i - maxBucketDistance, bidirectional, _buckets, maxBucketDistance);
    }

    /// <summary>Whether keys may follow the query.</summary>
    public bool Bidirectional { get; }

    /// <summary>The distance from which the last bucket is used.</summary>
    public int MaxBucketDistance { get; }

    /// <summary>What dot products are multiplied by.</summary>
    public float Scale { get; }

    /// <inheritdoc/>
    public override bool NeedsPositions => true;

    /// <inheritdoc/>
    public override int ParameterCount => _buckets * _heads;

    /// <inheritdoc/>
    public override void Shape(in AttentionRow row, Span<float> scores)
    {
        var biases = (float*)_table.Data + row.QueryHead;
        for (var i = 0; i < scores.Length; i++) scores[i] = scores[i] * Scale + biases[Bucket(row, i) * _heads];
    }

    /// <inheritdoc/>
    public override void ShapeBackward(in AttentionRow row, ReadOnlySpan<float> scores, Span<float> gradients, Span<float> parameterGradients)
    {
        for (var i = 0; i < gradients.Length; i++)
        {
            parameterGradients[Bucket(row, i) * _heads + row.QueryHead] += gradients[i];
            gradients[i] *= Scale;
        }
    }

    private int Bucket(in AttentionRow row, int key) =>
        _bucketOf[Math.Clamp(row.KeyPositions[key] - row.QueryPosition, -MaxBucketDistance, MaxBucketDistance) + MaxBucketDistance];
}
