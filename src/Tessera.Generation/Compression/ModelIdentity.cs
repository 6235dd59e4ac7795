using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tokenizers;

namespace Tessera.Generation.Compression;

/// <summary>Hashes that tell whether two processes would compute the same probabilities of the same tokens.</summary>
internal static class ModelIdentity
{
    /// <summary>SHA-256 over all weights as they are stored, by name, and over the bytes of all tokens.</summary>
    public static unsafe string HashOf(LanguageModel model, Tokenizer tokenizer)
    {
        const long Piece = 1 << 24;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, parameter) in model.Parameters.OrderBy(static p => p.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\0{parameter.Tensor.Format}\0{parameter.Tensor.ByteLength}\0"));
            for (long at = 0; at < parameter.Tensor.ByteLength; at += Piece)
                hash.AppendData(new ReadOnlySpan<byte>(parameter.Tensor.Data + at, (int)Math.Min(Piece, parameter.Tensor.ByteLength - at)));
        }

        Span<byte> length = stackalloc byte[sizeof(int)];
        for (var id = 0; id < tokenizer.VocabularySize; id++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, tokenizer.TokenBytes(id).Length);
            hash.AppendData(length);
            hash.AppendData(tokenizer.TokenBytes(id));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>A hash over the logits of a few fixed tokens: other kernels, or the same ones changed in a later version, give others.</summary>
    public static string Probe(LanguageModel model, Pass pass, SequenceOptions sequences)
    {
        const int Rows = 8, Step = 7919; // a prime, so that the tokens lie far apart
        using var sequence = model.NewSequence(sequences);
        var rows = new RowBatch();
        rows.Add(sequence, [.. Enumerable.Range(0, Rows).Select(i => (int)((long)i * Step % model.VocabularySize))]);
        var logits = model.Logits(pass, model.Run(pass, rows), [.. Enumerable.Range(0, Rows)]).Span;
        return Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(logits)).AsSpan(0, 8));
    }
}
