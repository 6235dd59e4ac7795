using System.Runtime.CompilerServices;

namespace Tessera.Generation;

/// <summary>How a text of bytes is drawn.</summary>
public sealed record ByteSamplerOptions
{
    /// <summary>Divisor of the bytes' log-probabilities, at least 0; 0 takes the most probable byte. Default 1, the model's own law.</summary>
    public double Temperature { get; init => field = Require.NotNegative(value, nameof(Temperature)); } = 1;

    /// <summary>Probability of the most probable bytes that stay, above 0 and at most 1. Default 1, which keeps all.</summary>
    public double TopP { get; init => field = Require.Positive(Require.InRange(value, 0, 1, nameof(TopP)), nameof(TopP)); } = 1;

    /// <summary>The most bytes to draw, at least 1. Default 256.</summary>
    public int MaxBytes { get; init => field = Require.AtLeast(value, 1, nameof(MaxBytes)); } = 256;

    /// <summary>Seed of the draws. Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>The caller's index of this text within its request: texts with one seed are drawn differently by it. Default 0.</summary>
    public uint SequenceIndex { get; init; }
}

/// <summary>Draws texts byte by byte. A draw depends on the distribution, the seed and the byte's position alone. Immutable and shared.</summary>
/// <param name="options">How; the source's own law, 256 bytes, if null.</param>
public sealed class ByteSampler(ByteSamplerOptions? options = null)
{
    private readonly ByteSamplerOptions _options = options ?? new ByteSamplerOptions();

    /// <summary>Goes on with a text until it ends or there are bytes enough.</summary>
    /// <param name="source">The text so far; goes on with every byte.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    /// <returns>Each byte as it is drawn, the end's step last if the text ends.</returns>
    public async IAsyncEnumerable<ByteStep> RunAsync(IByteSource source, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        var next = new byte[1];
        for (var i = 0; i < _options.MaxBytes; i++)
        {
            if (i > 0) await source.AppendAsync(next, cancellation).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            var law = source.Next();
            var key = new RandomKey(_options.Seed, _options.SequenceIndex, (uint)source.Length, RandomPurpose.Sample);
            var symbol = law.Shape(_options.Temperature, _options.TopP).Draw(key.Uniform());
            yield return new ByteStep(symbol, law[symbol]);
            if (symbol == ByteDistribution.End) yield break;
            next[0] = (byte)symbol;
        }
    }
}
