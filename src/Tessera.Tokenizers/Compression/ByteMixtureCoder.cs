using Tessera.Tokenizers.Coding;

namespace Tessera.Tokenizers.Compression;

/// <summary>
/// Codes bytes by a mixture of adaptive n-gram models in integers: it knows nothing at first, learns from what it has coded, and decodes on every machine.
/// Takes about 110 MiB, whatever the length of the text.
/// </summary>
public sealed class ByteMixtureCoder : BlockCoder
{
    private const int Block = 1 << 16;

    private readonly ByteMixture _model = new();

    /// <summary>The identity of all of them.</summary>
    internal static IReadOnlyList<KeyValuePair<string, string>> Facts { get; } = [new("coder", "byte mixture 1")];

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, string>> Identity => Facts;

    /// <inheritdoc/>
    public override bool TakesAnyBytes => true;

    /// <inheritdoc/>
    public override int BlockBytes => Block;

    /// <inheritdoc/>
    public override bool TryEncode(ReadOnlySpan<byte> block, ArithmeticEncoder encoder, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        cancellation.ThrowIfCancellationRequested();
        foreach (var value in block)
        {
            for (var shift = 7; shift >= 0; shift--)
            {
                var (bit, one) = (value >> shift & 1, (uint)_model.Predict());
                if (bit == 1) encoder.Encode(0, one, IntegerByteModel.TotalBits);
                else encoder.Encode(one, IntegerByteModel.Total - one, IntegerByteModel.TotalBits);
                _model.Update(bit);
            }
        }

        return encoder.Length + ArithmeticEncoder.MostEnd < block.Length;
    }

    /// <inheritdoc/>
    public override void Decode(Span<byte> block, ArithmeticDecoder decoder, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        cancellation.ThrowIfCancellationRequested();
        foreach (ref var value in block)
        {
            var partial = 0;
            for (var i = 0; i < 8; i++)
            {
                var one = (uint)_model.Predict();
                var bit = decoder.Peek(IntegerByteModel.TotalBits) < one ? 1 : 0;
                if (bit == 1) decoder.Take(0, one);
                else decoder.Take(one, IntegerByteModel.Total - one);
                _model.Update(bit);
                partial = partial << 1 | bit;
            }

            value = (byte)partial;
        }
    }

    /// <inheritdoc/>
    public override void Skip(ReadOnlySpan<byte> block)
    {
        foreach (var value in block)
        {
            for (var shift = 7; shift >= 0; shift--)
            {
                _model.Predict();
                _model.Update(value >> shift & 1);
            }
        }
    }
}
