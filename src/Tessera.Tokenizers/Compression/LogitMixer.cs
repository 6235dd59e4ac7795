using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Tokenizers.Compression;

/// <summary>
/// Adds up logits of several models by learnt weights, a set of weights for each situation: logistic mixing (Mahoney, "Adaptive Weighing of Context Models
/// for Lossless Data Compression", 2005), by online gradient descent on the coding cost. In 32-bit integers, the same on every machine.
/// </summary>
internal sealed class LogitMixer
{
    private const int Fraction = 16, Room = 4; // products are cut by 4 bits, so that a sum of 16 fits in 32
    private const int MostWeight = 1 << 18;

    private readonly int[] _weights; // [sets, inputs]
    private readonly int _inputs;
    private int _set;
    private int _probability;

    public LogitMixer(int sets, int inputs, int weight)
    {
        _inputs = inputs;
        _weights = new int[sets * inputs];
        _weights.AsSpan().Fill(weight);
    }

    /// <summary>The mixed logit.</summary>
    /// <param name="inputs">Logits; a multiple of 8 of them.</param>
    /// <param name="set">Which situation it is.</param>
    public int Mix(ReadOnlySpan<int> inputs, int set)
    {
        _set = set * _inputs;
        var weights = _weights.AsSpan(_set, _inputs);
        var sum = Vector256<int>.Zero;
        for (var i = 0; i < inputs.Length; i += 8) sum += (Vector256.Create(inputs[i..]) * Vector256.Create<int>(weights[i..])) >> Room;
        var logit = Math.Clamp(Vector256.Sum(sum) >> (Fraction - Room), -Logistic.Most, Logistic.Most);
        _probability = Logistic.Squash(logit);
        return logit;
    }

    /// <summary>Learns from the bit that came.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ReadOnlySpan<int> inputs, int bit, int rate)
    {
        var error = Vector256.Create((((bit << 16) - _probability) * rate) >> 4);
        var (half, least, most) = (Vector256.Create(1 << 15), Vector256.Create(-MostWeight), Vector256.Create(MostWeight));
        var weights = _weights.AsSpan(_set, _inputs);
        for (var i = 0; i < inputs.Length; i += 8)
        {
            var changed = Vector256.Create<int>(weights[i..]) + ((Vector256.Create(inputs[i..]) * error + half) >> 16);
            Vector256.Min(Vector256.Max(changed, least), most).CopyTo(weights[i..]);
        }
    }
}
