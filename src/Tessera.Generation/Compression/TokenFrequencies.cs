using Tessera.Tokenizers.Coding;

namespace Tessera.Generation.Compression;

/// <summary>
/// Logits as whole frequencies that add up to 2^28, each at least 1: the logit's distance from the largest is rounded to 1/256, its exponential and
/// the shares are integers. The same logits give the same frequencies on every machine. Not thread-safe.
/// </summary>
internal sealed class TokenFrequencies(int vocabulary)
{
    public const int TotalBits = 28;

    private readonly uint[] _frequencies = new uint[vocabulary];

    /// <summary>Takes logits; what is no number counts as impossible.</summary>
    /// <param name="logits">[vocabulary].</param>
    public void Set(ReadOnlySpan<float> logits)
    {
        var (best, most) = (0, float.NegativeInfinity);
        for (var id = 0; id < _frequencies.Length; id++)
        {
            if (logits[id] > most) (best, most) = (id, logits[id]);
        }

        var sum = 0UL;
        for (var id = 0; id < _frequencies.Length; id++)
        {
            var distance = (most - logits[id]) * IntegerExponential.Scale; // NaN where both are infinite or one is NaN
            sum += _frequencies[id] = id == best ? IntegerExponential.Of(0) : distance < IntegerExponential.End ? IntegerExponential.Of((int)MathF.Round(distance)) : 0;
        }

        var (shared, left) = ((1UL << TotalBits) - (ulong)_frequencies.Length, 1u << TotalBits);
        foreach (ref var frequency in _frequencies.AsSpan())
        {
            frequency = 1 + (uint)(frequency * shared / sum); // below 2^31 · 2^28
            left -= frequency;
        }

        _frequencies[best] += left;
    }

    /// <summary>Codes a token.</summary>
    public void Encode(int id, ArithmeticEncoder encoder)
    {
        var start = 0u;
        foreach (var frequency in _frequencies.AsSpan(0, id)) start += frequency;
        encoder.Encode(start, _frequencies[id], TotalBits);
    }

    /// <summary>Decodes a token.</summary>
    public int Decode(ArithmeticDecoder decoder)
    {
        var (place, start, id) = (decoder.Peek(TotalBits), 0u, 0);
        while (place - start >= _frequencies[id]) start += _frequencies[id++];
        decoder.Take(start, _frequencies[id]);
        return id;
    }
}
