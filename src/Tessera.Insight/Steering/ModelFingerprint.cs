using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Tessera.Models;
using Tessera.Models.Modules;

namespace Tessera.Insight.Steering;

/// <summary>
/// A short name for what a model has learnt: a hash over the gains of its norms. Quantising leaves them as they are, so that all formats of
/// one model share it; training changes them.
/// </summary>
internal static class ModelFingerprint
{
    private const int Bytes = 16; // of SHA-256: no accident makes two models alike

    /// <summary>The fingerprint, in hexadecimal digits.</summary>
    public static string Of(LanguageModel model)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var norm in Norms(model.Stack))
        {
            var gain = norm.Gain.Tensor.ToArray();
            for (var i = 0; i < gain.Length; i++) gain[i] += norm.GainOffset;
            hash.AppendData(MemoryMarshal.AsBytes(gain.AsSpan()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, Bytes));
    }

    private static IEnumerable<NormWeights> Norms(Stack stack)
    {
        foreach (var block in stack.Blocks.OfType<TransformerBlock>())
        {
            foreach (var norm in (NormWeights?[])[block.AttentionNorm, block.AttentionOutputNorm, block.AttentionResidualNorm, block.FeedForwardNorm, block.FeedForwardOutputNorm, block.FeedForwardResidualNorm])
            {
                if (norm is not null) yield return norm;
            }
        }

        if (stack.FinalNorm is { } last) yield return last;
    }
}
