using System.Buffers.Binary;
using System.Security.Cryptography;
using Tessera.Tokenizers.Coding;
using BlockKind = Tessera.Tokenizers.Compression.TextContainer.BlockKind;

namespace Tessera.Tokenizers.Compression;

/// <summary>
/// Compresses text without loss by arithmetic coding under a model: by default one that learns as it goes and decodes on every machine. Any bytes are
/// taken; what a model can't spell is coded as bytes, what can't be made shorter is stored. Runs in memory that does not grow with the text.
/// </summary>
public static class TextCompressor
{
    /// <summary>Compresses a stream.</summary>
    /// <param name="input">Read to its end from where it stands.</param>
    /// <param name="output">Takes the container.</param>
    /// <param name="coder">A fresh coder; a <see cref="ByteMixtureCoder"/> if null.</param>
    /// <param name="progress">Told how many bytes of text have been coded.</param>
    /// <param name="cancellation">Seen within a block.</param>
    /// <returns>How long the text and the container are.</returns>
    /// <exception cref="IOException">A stream fails.</exception>
    public static TextCompressionResult Compress(Stream input, Stream output, BlockCoder? coder = null, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        coder ??= new ByteMixtureCoder();
        ByteMixtureCoder? bytes = null;
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var encoder = new ArithmeticEncoder();
        var buffer = new byte[coder.BlockBytes];
        var (held, textBytes, written) = (0, 0L, 0L);
        void Write(ReadOnlySpan<byte> part)
        {
            output.Write(part);
            written += part.Length;
        }

        Write(TextContainer.Head(coder.Identity));
        while (true)
        {
            held += input.ReadAtLeast(buffer.AsSpan(held), buffer.Length - held, throwOnEndOfStream: false);
            if (held == 0) break;
            var text = buffer.AsSpan(0, coder.Cut(buffer.AsSpan(0, held)));
            var kind = BlockKind.Coded;
            if (!coder.TryEncode(text, encoder, cancellation))
            {
                encoder.Finish();
                kind = !coder.TakesAnyBytes && (bytes ??= new()).TryEncode(text, encoder, cancellation) ? BlockKind.CodedAsBytes : BlockKind.Stored;
            }

            var code = encoder.Finish();
            if (kind == BlockKind.Stored) code = text;
            Write(TextContainer.BlockHead(kind, text, code.Length));
            Write(code);
            whole.AppendData(text);
            textBytes += text.Length;
            held -= text.Length;
            buffer.AsSpan(text.Length, held).CopyTo(buffer);
            progress?.Report(textBytes);
        }

        Span<byte> end = stackalloc byte[1 + sizeof(long)];
        end[0] = (byte)BlockKind.End;
        BinaryPrimitives.WriteInt64LittleEndian(end[1..], textBytes);
        Write(end);
        Write(whole.GetHashAndReset());
        return new TextCompressionResult(textBytes, written);
    }
}
