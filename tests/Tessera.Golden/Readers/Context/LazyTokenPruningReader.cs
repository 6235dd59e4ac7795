using Tessera.Context.Schedules;
using Tessera.Context.Tests;
using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Kernels;

namespace Tessera.Golden;

/// <summary>LazyLLM: which tokens are active and computed in each step and layer, how far each token has come, and the logits.</summary>
internal sealed class LazyTokenPruningReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) => @case.Has("input") && @case.Input.Has("keep_fraction_after_layer") && @case.Expected.Has("steps");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (file, input, expected) = (@case.File, @case.Input, @case.Expected);
        var model = GoldenModels.FromFolder<LanguageModel>(file, GoldenModels.NamedFolder(file, input["model"].AsString()), training: false);
        var (ids, prompt) = (input["ids"].AsInts(), input["prompt"].AsInt());
        var options = new LazyTokenPruningOptions { ProtectFirst = input["protect_first"].AsBool(), Static = input["static"].AsBool(), MinTokens = 0 };
        var schedule = new RecordedSchedule(LazyTokenPruning.ByLayer(input["keep_fraction_after_layer"].AsDoubles(), options));
        using var sequence = model.NewSequence(SequenceOptions.Exact with { Schedule = () => schedule });
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        var rows = new RowBatch();
        var steps = expected["steps"];
        for (var step = 0; step < steps.Count; step++)
        {
            rows.Clear();
            rows.Add(sequence, step == 0 ? ids.AsSpan(0, prompt) : ids.AsSpan(prompt + step - 1, 1));
            var logits = model.LastLogits(pass, model.Run(pass, rows, cancellationToken));
            check.Tensor(steps[step]["logits"], logits.Span, new Tolerance(file.Tolerance("logits")));
            for (var layer = 0; layer < sequence.States.Count; layer++)
            {
                check.SameIds(steps[step]["active"][layer], schedule.Passes[step].Active[layer]);
                check.SameIds(steps[step]["computed"][layer], schedule.Passes[step].Computed[layer]);
            }

            check.SameIds(steps[step]["frontier"], Frontier(sequence));
        }

        check.Equal(expected["computed_pairs"], schedule.Counts.TotalRows);
        check.Equal(expected["revived"], schedule.Counts.Revived);
        expected.Find("smallest_gap")?.Waive("says how far from a tie the case's choices are");
    }

    // The last layer that has cached each token; the layers before it must have, too.
    private static int[] Frontier(Sequence sequence)
    {
        var frontier = new int[sequence.Length];
        Array.Fill(frontier, -1);
        for (var layer = 0; layer < sequence.States.Count; layer++)
        {
            foreach (var token in RecordedSchedule.Cached((KeyValueState)sequence.States[layer]))
                frontier[token] = frontier[token] == layer - 1 ? layer : int.MinValue;
        }

        return frontier;
    }
}
