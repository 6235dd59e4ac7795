using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Tessera.Tensors;

namespace Tessera.Models.State;

/// <summary>
/// Names weights by what they are: a hash over names, formats, shapes and samples of the bytes of each. It tells models and adapters apart that differ in
/// training, conversion or format, in milliseconds; it is no proof against a forger.
/// </summary>
internal static class Fingerprint
{
    private const int Samples = 16;
    private const int SampleBytes = 256;

    internal static unsafe string Of(IEnumerable<(string Name, Tensor Tensor)> weights)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, tensor) in weights.OrderBy(w => w.Name, StringComparer.Ordinal))
        {
            var head = string.Create(CultureInfo.InvariantCulture, $"{name}\n{tensor.Format}\n{string.Join('×', tensor.Shape.ToArray())}\n");
            hash.AppendData(Encoding.UTF8.GetBytes(head));
            var size = (int)Math.Min(SampleBytes, tensor.ByteLength);
            for (var i = 0; i < Samples; i++)
                hash.AppendData(new ReadOnlySpan<byte>(tensor.Data + (tensor.ByteLength - size) * i / (Samples - 1), size));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
    }
}
