using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Tessera.Tokenizers.Coding;

/// <summary>
/// The file of an n-gram model: <c>TESSNGRM</c>, a version and the order (a byte each), then for each order the number of grams and, in ascending order, the
/// distance of each gram from the one before and its count, all as LEB128; last the SHA-256 of all that. A gram takes about three bytes.
/// </summary>
public static class NGramFile
{
    /// <summary>Largest file, in bytes.</summary>
    public const int MaxBytes = 1 << 29;

    private const byte Version = 1;
    private static ReadOnlySpan<byte> Magic => "TESSNGRM"u8;

    /// <summary>Writes a model under a temporary name beside <paramref name="path"/>, then renames it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It can't be written.</exception>
    public static void Save(NGramByteModel model, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var part = path + ".part";
        try
        {
            File.WriteAllBytes(part, Write(model));
            File.Move(part, path, overwrite: true);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }

    /// <summary>A model as the bytes of its file: the same for the same text and order.</summary>
    /// <param name="model">The model.</param>
    public static byte[] Write(NGramByteModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var output = new ArrayBufferWriter<byte>(1 << 16);
        output.Write(Magic);
        output.Write([Version, (byte)model.Order]);
        for (var order = 0; order <= model.Order; order++)
        {
            var grams = model.Grams(order);
            var counts = model.Counts(order);
            var last = 0UL;
            WriteNumber(output, (ulong)grams.Length);
            for (var i = 0; i < grams.Length; i++)
            {
                WriteNumber(output, grams[i] - last);
                WriteNumber(output, (ulong)counts[i]);
                last = grams[i];
            }
        }

        output.Write(SHA256.HashData(output.WrittenSpan));
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads a model's file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="MalformedInputException">It is no such file, or damaged.</exception>
    /// <exception cref="UnsupportedFeatureException">It is of a later version.</exception>
    /// <exception cref="ResourceLimitException">It is larger than <see cref="MaxBytes"/>.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static NGramByteModel Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var length = new FileInfo(path).Length;
        if (length > MaxBytes) throw new ResourceLimitException($"bytes of {path}", length, MaxBytes);
        return Read(File.ReadAllBytes(path), path);
    }

    /// <summary>Reads the bytes of a model's file.</summary>
    /// <param name="file">The bytes.</param>
    /// <param name="name">What errors call them.</param>
    /// <inheritdoc cref="Load" path="/exception"/>
    public static NGramByteModel Read(ReadOnlySpan<byte> file, string name = "n-gram model")
    {
        const int HashBytes = SHA256.HashSizeInBytes;
        if (file.Length < Magic.Length + 2 + HashBytes || !file.StartsWith(Magic)) throw new MalformedInputException(name, "byte 0", "this is no n-gram model: it does not begin with TESSNGRM");
        var (version, order) = (file[Magic.Length], file[Magic.Length + 1]);
        if (version != Version) throw new UnsupportedFeatureException(name, $"version {version} of the n-gram file", $"This program reads version {Version}.");
        var body = file[..^HashBytes];
        if (!SHA256.HashData(body).AsSpan().SequenceEqual(file[^HashBytes..])) throw new MalformedInputException(name, $"byte {body.Length}", "the checksum does not fit: the file is damaged or cut");
        if (order > NGramByteModel.MaxOrder) throw new MalformedInputException(name, $"byte {Magic.Length + 1}", $"the order is at most {NGramByteModel.MaxOrder}, not {order}");
        var reader = new Reader(body, Magic.Length + 2, name);
        var (grams, counts) = (new ulong[order + 1][], new int[order + 1][]);
        for (var j = 0; j <= order; j++) (grams[j], counts[j]) = reader.Grams(j);
        reader.End();
        return new NGramByteModel(grams, counts);
    }

    private static void WriteNumber(ArrayBufferWriter<byte> output, ulong value)
    {
        for (; value >= 0x80; value >>= 7) output.Write([(byte)(value | 0x80)]);
        output.Write([(byte)value]);
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes, int at, string name)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;

        public (ulong[] Grams, int[] Counts) Grams(int order)
        {
            var count = Number();
            if (count > (ulong)(_bytes.Length - at) / 2) throw Wrong($"{count:N0} grams of {order + 1} bytes can't stand in the {_bytes.Length - at:N0} bytes that follow");
            var (grams, counts) = (new ulong[count], new int[count]);
            var (gram, end, total) = (0UL, 1UL << (8 * (order + 1)), 0L);
            for (var i = 0; i < grams.Length; i++)
            {
                var step = Number();
                if ((step == 0 && i > 0) || step >= end - gram) throw Wrong($"gram {i} of {order + 1} bytes is out of order");
                var times = Number();
                if (times == 0 || times > NGramByteModel.MaxTextBytes || (total += (long)times) > NGramByteModel.MaxTextBytes) throw Wrong($"gram {i} of {order + 1} bytes has a count of {times:N0}; all together may have 1 to {NGramByteModel.MaxTextBytes:N0}");
                (grams[i], counts[i]) = (gram += step, (int)times);
            }

            return (grams, counts);
        }

        public readonly void End()
        {
            if (at != _bytes.Length) throw Wrong($"{_bytes.Length - at:N0} bytes too many");
        }

        private ulong Number()
        {
            var value = 0UL;
            for (var shift = 0; shift < 63; shift += 7)
            {
                if (at == _bytes.Length) throw Wrong("the file ends inside a number");
                var part = _bytes[at++];
                value |= (ulong)(part & 0x7F) << shift;
                if (part < 0x80) return value;
            }

            throw Wrong("a number has more than 63 bits");
        }

        private readonly MalformedInputException Wrong(string reason) => new(name, $"byte {at}", reason);
    }
}
