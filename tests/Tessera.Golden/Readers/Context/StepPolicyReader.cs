using Tessera.Context.Policies;
using Tessera.Models;
using Tessera.Models.Attention;

namespace Tessera.Golden;

/// <summary>Policies that act at every step, on a small model: the logits and what stays after the prompt and after every token.</summary>
internal sealed class StepPolicyReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Input.Has("policy") && @case.Input.Has("model") && @case.Input.Has("prompt") && @case.Has("expected") && @case.Expected.Has("kept_after_step");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        var positions = input["positions"].AsString();
        IAttentionPolicy policy = (input["policy"].AsString(), positions) switch
        {
            ("tova", "keep") => new Tova(input["size"].AsInt()),
            ("streaming", "keep" or "rebase") => new StreamingLlm(
                input["start"].AsInt() + input["recent"].AsInt(), input["start"].AsInt(), positions == "keep" ? CachePositions.Keep : CachePositions.Rebase),
            var (name, _) => throw new NotCoveredException($"no step policy \"{name}\" with positions \"{positions}\""),
        };
        expected.Find("smallest_gap")?.Waive("tells how far apart the reference's scores are");
        var model = GoldenModels.FromFolder<LanguageModel>(@case.File, GoldenModels.NamedFolder(@case.File, input["model"].AsString()), training: false);
        var tolerance = new Tolerance(@case.File.Tolerance("logits"));
        var (logits, kept) = (expected["logits"], expected["kept_after_step"]);
        var step = 0;
        PolicyDecoding.Run(model, policy, input["ids"].AsInts(), input["prompt"].AsInt(), (sequence, row) =>
        {
            check.Tensor(logits[step], row, tolerance);
            var lists = kept[step++];
            // One list for the whole model, or one a layer.
            var perLayer = lists.Count > 0 && lists[0].Kind == System.Text.Json.JsonValueKind.Array;
            for (var layer = 0; layer < model.Stack.Blocks.Count; layer++)
            {
                for (var head = 0; head < model.Stack.Config.KvHeads; head++) check.SameIds(perLayer ? lists[layer] : lists, PolicyDecoding.Tokens(sequence, layer, head));
            }
        }, cancellationToken);
        check.That(step == logits.Count && step == kept.Count, "expected.logits", $"{logits.Count} steps", $"{step}");
    }
}
