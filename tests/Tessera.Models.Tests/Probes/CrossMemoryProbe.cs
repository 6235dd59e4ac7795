using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Tests.Probes;

/// <summary>The cross memory of an encoder-decoder: one for all of a source's sequences, untouched by what a decoder does.</summary>
public sealed class CrossMemoryProbe
{
    private static readonly int[] Answer = [0, 7, 22, 51, 9];

    [Fact]
    public void PiecesForksAndRollbacksOfTheDecoderReadTheSameMemory()
    {
        using var model = ToyModels.EncoderDecoder(ToyModels.T5Encoder(), ToyModels.T5Decoder());
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        using var reader = model.NewSourceSequence();
        var rows = new RowBatch();
        rows.Add(reader, [5, 17, 3, 42, 8, 11]);
        using var source = model.Remember(pass, model.Encode(pass, rows), 0, 6, SequenceOptions.Exact);
        using var whole = model.NewSequence(source, SequenceOptions.Exact);
        using var steps = model.NewSequence(source, SequenceOptions.Exact);
        var expected = Logits(whole, Answer);
        Logits(steps, Answer.AsSpan(0, 2));
        using var fork = steps.Fork();
        Logits(fork, [60, 60]);
        Logits(steps, [13]);
        steps.Truncate(2);
        Logits(steps, Answer.AsSpan(2)).ShouldBe(expected);
        fork.Truncate(1);
        Logits(fork, Answer.AsSpan(1)).ShouldBe(expected);
        source.Memories.ShouldAllBe(m => m.Length == 6);
        Should.Throw<NotSupportedException>(() => source.Memories[0].Truncate(3));

        float[] Logits(Sequence sequence, ReadOnlySpan<int> ids)
        {
            rows.Clear();
            rows.Add(sequence, ids);
            return model.Logits(pass, model.Decode(pass, rows), [ids.Length - 1]).Span.ToArray();
        }
    }
}
