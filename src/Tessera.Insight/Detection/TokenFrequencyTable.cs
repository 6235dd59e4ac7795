using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Tessera.Models.Files;
using Tessera.Tensors;
using Tessera.Tokenizers;

namespace Tessera.Insight.Detection;

/// <summary>
/// How often each token of a vocabulary occurs in a reference corpus, and which tokenizer counted. Immutable; <see cref="TokenFrequencyCounter"/>
/// makes one from any texts. The file is safetensors: one tensor <c>counts</c>, I32 [vocabulary] (I64 where a count needs it), four bytes a token.
/// </summary>
public sealed class TokenFrequencyTable
{
    private const string Version = "1", TensorName = "counts";
    private readonly long[] _counts;

    /// <summary>Creates a table from counts.</summary>
    /// <param name="counts">The count of each token, at least 0; as many as the vocabulary has tokens.</param>
    /// <param name="tokenizer">The tokenizer that counted, see <see cref="FingerprintOf"/>; empty where it is not known.</param>
    /// <param name="documents">How many documents were counted.</param>
    /// <exception cref="ArgumentException">There is no token, a count is negative, or their sum does not fit 63 bits.</exception>
    public TokenFrequencyTable(ReadOnlySpan<long> counts, string tokenizer = "", long documents = 0)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentOutOfRangeException.ThrowIfNegative(documents);
        if (counts.IsEmpty) throw new ArgumentException("A vocabulary has at least one token.", nameof(counts));
        foreach (var count in counts)
        {
            if (count < 0 || count > long.MaxValue - counts.Length - Total) throw new ArgumentException("Counts are at least 0 and fit 63 bits together.", nameof(counts));
            Total += count;
        }

        (_counts, Tokenizer, Documents) = (counts.ToArray(), tokenizer, documents);
    }

    /// <summary>Tokens of the vocabulary.</summary>
    public int VocabularySize => _counts.Length;

    /// <summary>All tokens of the corpus that were counted.</summary>
    public long Total { get; }

    /// <summary>Documents of the corpus.</summary>
    public long Documents { get; }

    /// <summary>The fingerprint of the tokenizer that counted; empty where it is not known.</summary>
    public string Tokenizer { get; }

    /// <summary>How often a token occurs.</summary>
    /// <param name="id">The token.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not in the vocabulary.</exception>
    public long Count(int id) => (uint)id < (uint)_counts.Length
        ? _counts[id]
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"The table has {_counts.Length} tokens: it was counted with another tokenizer.");

    /// <summary>A token's frequency, smoothed by Laplace's rule so that none is 0: (count + 1) / (total + vocabulary).</summary>
    /// <param name="id">The token.</param>
    public double Probability(int id) => (Count(id) + 1.0) / (Total + (double)_counts.Length);

    /// <summary>A short name for what a tokenizer's ids mean: a hash over the bytes of all its tokens.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    public static string FingerprintOf(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(int)];
        for (var id = 0; id < tokenizer.VocabularySize; id++)
        {
            var bytes = tokenizer.TokenBytes(id);
            System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16)); // no accident makes two tokenizers alike
    }

    /// <summary>Writes the table under a temporary name beside <paramref name="path"/>, then renames it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It can't be written; nothing is left behind.</exception>
    public unsafe void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var narrow = _counts.All(static c => c <= int.MaxValue);
        var tensor = Tensor.Create(narrow ? TensorFormat.I32 : TensorFormat.I64, _counts.Length);
        var bytes = new Span<byte>(tensor.Data, (int)tensor.ByteLength);
        if (narrow) Array.ConvertAll(_counts, static c => (int)c).CopyTo(MemoryMarshal.Cast<byte, int>(bytes));
        else _counts.CopyTo(MemoryMarshal.Cast<byte, long>(bytes));
        var writer = new SafetensorsWriter();
        writer.Metadata["tessera.frequencies"] = Version;
        writer.Metadata["tokenizer"] = Tokenizer;
        writer.Metadata["documents"] = Documents.ToString(CultureInfo.InvariantCulture);
        writer.Add(TensorName, tensor);
        writer.Save(path);
        tensor.Free();
    }

    /// <summary>Reads a table and, where a tokenizer is given, sees that it counted with it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tokenizer">The tokenizer that the table must be of; null to read it without.</param>
    /// <param name="limits">Bounds on what the file may ask for; the defaults if null.</param>
    /// <exception cref="MalformedInputException">It is no such file, breaks the form's rules, or belongs to another tokenizer.</exception>
    /// <exception cref="UnsupportedFeatureException">It is of a later version.</exception>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static TokenFrequencyTable Load(string path, Tokenizer? tokenizer = null, InputLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        limits ??= InputLimits.Default;
        using var file = SafetensorsFile.Open(path, limits);
        if (!file.Metadata.TryGetValue("tessera.frequencies", out var version)) throw new MalformedInputException(path, "__metadata__", "this is no table of token frequencies: tessera.frequencies is missing");
        if (version != Version) throw new UnsupportedFeatureException(path, $"version {version} of the frequency table", $"This program reads version {Version}.");
        if (!file.Metadata.TryGetValue("documents", out var text) || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var documents))
            throw new MalformedInputException(path, "__metadata__.documents", "is no number");
        if (file.Tensors.Count != 1 || !file.Tensors.TryGetValue(TensorName, out var info) || info.Shape.Length != 1) throw new MalformedInputException(path, "tensors", "one tensor 'counts' of one dimension is expected");
        if (info.Shape.Span[0] < 1 || info.Shape.Span[0] > limits.MaxVocabulary) throw new MalformedInputException(path, TensorName, $"a vocabulary has 1 to {limits.MaxVocabulary:N0} tokens, not {info.Shape.Span[0]:N0}");
        if (info.Format is not (TensorFormat.I32 or TensorFormat.I64)) throw new MalformedInputException(path, TensorName, $"counts are I32 or I64, not {info.Format}");
        var bytes = file.GetTensor(TensorName).Bytes;
        var counts = info.Format == TensorFormat.I64 ? MemoryMarshal.Cast<byte, long>(bytes).ToArray() : Array.ConvertAll(MemoryMarshal.Cast<byte, int>(bytes).ToArray(), static c => (long)c);
        var table = Create(path, counts, file.Metadata.GetValueOrDefault("tokenizer", ""), documents);
        if (tokenizer is not null && table.Misfit(tokenizer) is { } misfit) throw new MalformedInputException(path, "__metadata__.tokenizer", misfit);
        return table;
    }

    /// <summary>Why the table does not serve a tokenizer; null where it does.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    public string? Misfit(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return tokenizer.VocabularySize != VocabularySize ? $"the table has {VocabularySize} tokens, the tokenizer {tokenizer.VocabularySize}"
            : Tokenizer.Length > 0 && Tokenizer != FingerprintOf(tokenizer) ? "the tokens were counted with another tokenizer"
            : null;
    }

    private static TokenFrequencyTable Create(string path, long[] counts, string tokenizer, long documents)
    {
        try
        {
            return new TokenFrequencyTable(counts, tokenizer, documents);
        }
        catch (ArgumentException e) // a negative count, or too many
        {
            throw new MalformedInputException(path, TensorName, e.Message.ReplaceLineEndings(" "), e);
        }
    }
}
