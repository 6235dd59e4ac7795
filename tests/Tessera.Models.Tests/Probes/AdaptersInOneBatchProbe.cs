using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Models.Tests.Adapters;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Tests.Probes;

/// <summary>Sequences with two adapters and with none in one batch.</summary>
public sealed class AdaptersInOneBatchProbe
{
    private static readonly int[] Ids = [.. Enumerable.Range(0, 12).Select(i => i * 13 % 61)];

    [Theory]
    [InlineData(Arithmetic.Exact)]
    [InlineData(Arithmetic.Fast)]
    public void EachHasTheBitsThatItHasAlone(Arithmetic arithmetic)
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        SequenceOptions[] options =
        [
            SequenceOptions.Exact with { Adapter = ToyAdapters.For(model.Stack, 3, seed: 1) }, SequenceOptions.Exact,
            SequenceOptions.Exact with { Adapter = ToyAdapters.For(model.Stack, 2, seed: 2) },
        ];
        Sequence[] sequences = [.. options.Append(options[0]).Select(model.NewSequence)];
        using var pass = new Pass(new PassOptions { Arithmetic = arithmetic });
        var rows = new RowBatch();
        foreach (var sequence in sequences.Reverse()) rows.Add(sequence, Ids);
        var logits = model.Logits(pass, model.Run(pass, rows), [47, 35, 23, 11]);
        var alone = options.Select(o => ProbeRun.Alone(model, Ids, o, arithmetic)[^61..]).ToArray();
        for (var i = 0; i < 4; i++) logits.Row(i).ToArray().ShouldBe(alone[i % 3]);
        alone[0].ShouldNotBe(alone[1]);
        alone[0].ShouldNotBe(alone[2]);
        foreach (var sequence in sequences) sequence.Dispose();
    }
}
