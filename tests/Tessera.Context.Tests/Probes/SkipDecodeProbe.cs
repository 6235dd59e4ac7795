using Tessera.Context.Schedules;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Models.Tests;
using Tessera.Tensors.Kernels;

namespace Tessera.Context.Tests.Probes;

/// <summary>Layers that rows pass by, by position: in one pass, step by step, and beside other sequences.</summary>
public sealed class SkipDecodeProbe
{
    [Fact]
    public void OnePassEqualsStepByStepAndABatchEqualsSingleRuns()
    {
        using var model = ToyModels.Language(ToyModels.Llama(6));
        int[] ids = [.. Enumerable.Range(3, 14).Select(i => i * 11 % 61)];
        float[][] Run(int piece, int copies)
        {
            using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
            var options = SequenceOptions.Exact with { Schedule = () => SkipDecode.ByPosition(SkipDecode.Decay(6, 1, 5, 2, 2, 12, 14)) };
            var sequences = Enumerable.Range(0, copies).Select(_ => model.NewSequence(options)).ToArray();
            var logits = Enumerable.Range(0, copies).Select(_ => new List<float>()).ToArray();
            for (var at = 0; at < ids.Length; at += piece)
            {
                var rows = new RowBatch();
                foreach (var sequence in sequences) rows.Add(sequence, ids.AsSpan(at, piece));
                var hidden = model.Run(pass, rows);
                for (var c = 0; c < copies; c++) logits[c].AddRange(model.Logits(pass, hidden, [.. Enumerable.Range(c * piece, piece)]).Span);
            }

            return [.. logits.Select(l => l.ToArray())];
        }

        var whole = Run(14, 1)[0];
        Run(1, 1)[0].ShouldBe(whole);
        foreach (var logits in Run(7, 3)) logits.ShouldBe(whole);
    }
}
