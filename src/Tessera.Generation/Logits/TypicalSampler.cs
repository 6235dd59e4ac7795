using System.Buffers;
using System.Numerics.Tensors;

namespace Tessera.Generation;

/// <summary>
/// Keeps the tokens whose surprisal lies nearest to the entropy, as many as it takes to hold a probability (Meister et al. 2022): what people write
/// is about as surprising as was to be expected, neither the likeliest nor the unlikeliest. The most probable token may be dropped; that is meant.
/// Entropy and probabilities are those of the candidates as they come: with the temperature where it stands before this stage, as in Hugging Face's
/// order, without it where it stands behind, as in llama.cpp's.
/// </summary>
[Method("typical", "Locally Typical Sampling", "2202.00666", 2022, MethodStage.Logits)]
public sealed class TypicalSampler : LogitsStage
{
    // Distances are sorted into buckets by the first 12 bits below the sign: the exponent and 4 bits of the mantissa. Only the bucket in which the
    // cut falls is sorted.
    private const int BucketShift = 19;
    private const int Buckets = 1 << (31 - BucketShift);

    private readonly double _mass;
    private readonly int _minKeep;
    private readonly TypicalRule _rule;

    /// <summary>Creates the stage.</summary>
    /// <param name="mass">Probability to keep, in (0, 1]; 1 keeps all. The paper takes 0.2 for stories and 0.95 for summaries. Default 0.95.</param>
    /// <param name="minKeep">Most typical tokens that stay in any case, at least 1. Default 1.</param>
    /// <param name="rule">Where exactly to cut. Default Hugging Face's.</param>
    public TypicalSampler(double mass = 0.95, int minKeep = 1, TypicalRule rule = TypicalRule.HuggingFace)
    {
        _mass = Require.Positive(Require.InRange(mass, 0, 1, "TypicalP"), "TypicalP");
        _minKeep = Require.AtLeast(minKeep, 1, "MinKeep");
        _rule = Enum.IsDefined(rule) ? rule : throw new ArgumentOutOfRangeException(nameof(rule));
    }

    /// <inheritdoc/>
    public override string Name => "typical";

    /// <inheritdoc/>
    public override void Apply(Candidates candidates, in StageContext context)
    {
        if (_mass == 1 || candidates.Count == 1)
            return;
        if (_rule == TypicalRule.LlamaCpp)
        {
            KeepInSingle(candidates);
            return;
        }

        var count = candidates.Count;
        var (rented, rentedMasses) = (ArrayPool<float>.Shared.Rent(count), ArrayPool<double>.Shared.Rent(count));
        var distances = rented.AsSpan(0, count);
        var probabilities = rentedMasses.AsSpan(0, count);
        var (logNormaliser, entropy) = Information(candidates.Logits, probabilities);
        for (var i = 0; i < count; i++)
            distances[i] = (float)Math.Abs(logNormaliser - candidates.Logits[i] - entropy);

        var order = new Order(probabilities, distances);
        var cut = distances[order.Cut(_mass, 1)];
        Keep(candidates, order, cut, _minKeep == 1 ? -1 : order.Cut(0, Math.Min(_minKeep, count)));
        ArrayPool<float>.Shared.Return(rented);
        ArrayPool<double>.Shared.Return(rentedMasses);
    }

    /// <summary>A row's probabilities, the logarithm of its normaliser and its entropy, in double precision throughout: where to cut may hang on the last digits.</summary>
    /// <param name="logits">The row; −∞ for what is impossible.</param>
    /// <param name="probabilities">Takes the probabilities; as long as the row.</param>
    /// <returns>ln Σ e^z, and the entropy in nats.</returns>
    public static (double LogNormaliser, double Entropy) Information(ReadOnlySpan<float> logits, Span<double> probabilities)
    {
        const double lowest = -1000; // e^-1000 is 0, and 0 × -1000 is no NaN
        double max = TensorPrimitives.Max(logits);
        var rented = ArrayPool<double>.Shared.Rent(logits.Length);
        var shifted = rented.AsSpan(0, logits.Length);
        TensorPrimitives.ConvertChecked(logits, shifted);
        TensorPrimitives.Subtract(shifted, max, shifted);
        TensorPrimitives.Max(shifted, lowest, shifted);
        TensorPrimitives.Exp(shifted, probabilities);
        var sum = TensorPrimitives.Sum<double>(probabilities);
        var weighted = TensorPrimitives.Dot<double>(probabilities, shifted);
        TensorPrimitives.Divide(probabilities, sum, probabilities);
        ArrayPool<double>.Shared.Return(rented);
        return (max + Math.Log(sum), Math.Log(sum) - weighted / sum);
    }

    /// <summary>llama.cpp's way, in its order and in its single precision: at a boundary the set depends on the rounding of each sum.</summary>
    private void KeepInSingle(Candidates candidates)
    {
        var count = candidates.Count;
        var logits = candidates.Logits;
        var (keys, indices, probabilities, kept) = (ArrayPool<ulong>.Shared.Rent(count), ArrayPool<int>.Shared.Rent(count), ArrayPool<float>.Shared.Rent(count), ArrayPool<bool>.Shared.Rent(count));
        for (var i = 0; i < count; i++) keys[i] = (ulong)~Sortable(logits[i]) << 32 | (uint)i;
        keys.AsSpan(0, count).Sort(); // the most probable first, then the lower id
        var sum = 0f;
        for (var rank = 0; rank < count; rank++)
        {
            indices[rank] = (int)(uint)keys[rank];
            sum += probabilities[rank] = MathF.Exp(logits[indices[rank]] - logits[indices[0]]);
        }

        var entropy = 0f;
        for (var rank = 0; rank < count; rank++)
        {
            probabilities[rank] /= sum;
            if (probabilities[rank] > 0) entropy += -probabilities[rank] * MathF.Log(probabilities[rank]);
        }

        for (var rank = 0; rank < count; rank++)
            keys[rank] = (ulong)BitConverter.SingleToUInt32Bits(MathF.Abs(-MathF.Log(probabilities[rank]) - entropy)) << 32 | (uint)rank;
        keys.AsSpan(0, count).Sort();
        kept.AsSpan(0, count).Clear();
        sum = 0;
        for (var i = 0; i < count; i++)
        {
            var rank = (int)(uint)keys[i];
            kept[indices[rank]] = true;
            if ((sum += probabilities[rank]) > (float)_mass && i + 1 >= _minKeep) break;
        }

        candidates.Keep(kept.AsSpan(0, count));
        ArrayPool<ulong>.Shared.Return(keys);
        ArrayPool<int>.Shared.Return(indices);
        ArrayPool<float>.Shared.Return(probabilities);
        ArrayPool<bool>.Shared.Return(kept);
    }

    // Bits that order like the numbers themselves.
    private static uint Sortable(float value) => BitConverter.SingleToUInt32Bits(value) is var bits && bits >> 31 != 0 ? ~bits : bits | 1u << 31;

    /// <summary>Keeps what is at most at a distance, and what does not come behind a candidate in the order.</summary>
    private static void Keep(Candidates candidates, in Order order, float distance, int last)
    {
        var rented = ArrayPool<bool>.Shared.Rent(candidates.Count);
        var stays = rented.AsSpan(0, candidates.Count);
        for (var i = 0; i < stays.Length; i++)
            stays[i] = order.Distances[i] <= distance || last >= 0 && !order.Precedes(last, i);
        candidates.Keep(stays);
        ArrayPool<bool>.Shared.Return(rented);
    }

    /// <summary>The candidates from the most to the least typical; of equals the more probable first, then the lower id.</summary>
    private readonly ref struct Order(ReadOnlySpan<double> probabilities, ReadOnlySpan<float> distances)
    {
        private readonly ReadOnlySpan<double> _probabilities = probabilities;

        public ReadOnlySpan<float> Distances { get; } = distances;

        public bool Precedes(int a, int b) =>
            Distances[a] != Distances[b] ? Distances[a] < Distances[b] : _probabilities[a] != _probabilities[b] ? _probabilities[a] > _probabilities[b] : a < b;

        /// <summary>The last candidate that it takes to reach a mass and to be a number; the last of all where that never happens.</summary>
        public int Cut(double mass, int least)
        {
            Span<double> masses = stackalloc double[Buckets];
            Span<int> counts = stackalloc int[Buckets];
            masses.Clear();
            counts.Clear();
            for (var i = 0; i < Distances.Length; i++)
            {
                masses[Bucket(i)] += _probabilities[i];
                counts[Bucket(i)]++;
            }

            var (sum, seen, bucket, final) = (0.0, 0, 0, Buckets - 1);
            while (counts[final] == 0)
                final--;
            while (bucket < final && !(Reached(sum + masses[bucket], mass) && seen + counts[bucket] >= least))
            {
                sum += masses[bucket];
                seen += counts[bucket++];
            }

            return CutWithin(bucket, counts[bucket], mass, sum, least - seen);
        }

        private int CutWithin(int bucket, int count, double mass, double sum, int least)
        {
            var rented = ArrayPool<int>.Shared.Rent(count);
            var members = rented.AsSpan(0, count);
            var filled = 0;
            for (var i = 0; filled < count; i++)
            {
                if (Bucket(i) == bucket)
                    members[filled++] = i;
            }

            Sort(members);
            var cut = members[^1];
            for (var i = 0; i < count; i++)
            {
                sum += _probabilities[members[i]];
                if (i + 1 < least || !Reached(sum, mass))
                    continue;
                cut = members[i];
                break;
            }

            ArrayPool<int>.Shared.Return(rented);
            return cut;
        }

        // Heap sort: a comparer that sees spans can't be handed to the framework's.
        private void Sort(Span<int> members)
        {
            for (var i = members.Length / 2 - 1; i >= 0; i--)
                Sink(members, i);
            for (var end = members.Length - 1; end > 0; end--)
            {
                (members[0], members[end]) = (members[end], members[0]);
                Sink(members[..end], 0);
            }
        }

        private void Sink(Span<int> members, int at)
        {
            for (var child = 2 * at + 1; child < members.Length; child = 2 * at + 1)
            {
                if (child + 1 < members.Length && Precedes(members[child], members[child + 1]))
                    child++;
                if (!Precedes(members[at], members[child]))
                    return;
                (members[at], members[child]) = (members[child], members[at]);
                at = child;
            }
        }

        // Compared as float32, the precision of probabilities that come from float32 logits.
        private static bool Reached(double sum, double mass) => (float)sum >= (float)mass;

        private int Bucket(int index) => (int)(BitConverter.SingleToUInt32Bits(Distances[index]) >> BucketShift);
    }
}
