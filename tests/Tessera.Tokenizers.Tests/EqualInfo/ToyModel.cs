using Tessera.Tokenizers.Coding;

namespace Tessera.Tokenizers.Tests.EqualInfo;

/// <summary>A few symbols, 0, 1, …, with the same probabilities everywhere, in units of 2^−16.</summary>
internal sealed class ToyModel(params int[] frequencies) : IntegerByteModel
{
    internal override int Symbols => frequencies.Length;

    public override int ContextLength => 0;

    public override void Weights(ReadOnlySpan<byte> context, Span<ulong> weights)
    {
        for (var i = 0; i < frequencies.Length; i++) weights[i] = (ulong)frequencies[i];
    }

    public override void Frequencies(ReadOnlySpan<byte> context, Span<int> result) => frequencies.CopyTo(result);
}
