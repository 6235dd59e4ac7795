using Tessera.Models;

namespace Tessera.Golden;

/// <summary>Policies that act once, on a small model: scores and what stays after the prompt, and the logits of given tokens behind it.</summary>
internal sealed class PressModelReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Input.Has("press") && @case.Input.Has("model") && @case.Input.Has("next_ids") && @case.Has("expected") && @case.Expected.Has("prefill_logits");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected, file) = (@case.Input, @case.Expected, @case.File);
        var policy = new ScoreProbe(Presses.Of(input["press"]));
        var model = GoldenModels.FromFolder<LanguageModel>(file, GoldenModels.NamedFolder(file, input["model"].AsString()), training: false);
        var (ids, next) = (input["ids"].AsInts(), input["next_ids"].AsInts());
        var (logits, scores) = (new Tolerance(file.Tolerance("logits")), new Tolerance(file.Tolerance("scores")));
        expected.Find("smallest_gap_at_the_cut")?.Waive("tells how far apart the reference's scores are");
        var step = 0;
        PolicyDecoding.Run(model, policy, [.. ids, .. next], ids.Length, (sequence, row) =>
        {
            check.Tensor(step == 0 ? expected["prefill_logits"] : expected["next_logits"][step - 1], row, logits);
            for (var layer = 0; step == 0 && layer < expected["kept"].Count; layer++)
            {
                var own = policy.OfLayer(layer, expected["kept"][layer].Count);
                for (var head = 0; head < own.Length; head++)
                {
                    check.SameIds(expected["kept"][layer][head], PolicyDecoding.Tokens(sequence, layer, head));
                    check.Tensor(expected["scores"][layer][head], own[head], scores);
                }
            }

            if (step > 0) check.Equal(expected["next_positions"][step - 1], policy.Renumbers ? ((Models.State.KeyValueState)sequence.States[0]).SlotCount(0) - 1 : sequence.NextPosition - 1);
            step++;
        }, cancellationToken);
    }
}
