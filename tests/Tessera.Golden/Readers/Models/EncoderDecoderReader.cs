using Tessera.Models;
using Tessera.Models.Hooks;
using Tessera.Models.State;

namespace Tessera.Golden;

/// <summary>
/// Encoder-decoders: hidden states and attention weights of both stacks, cross attention, logits, loss over shifted labels, greedy answers, and
/// decoding one token at a time against all at once.
/// </summary>
internal sealed class EncoderDecoderReader : IGoldenReader
{
    // T5's attention is not scaled, so rounding is amplified: against a float64 run of the formulas the float32 reference of models-tiny/t5 is off by up
    // to 5.7e-4 where hidden states reach 37 (its own tolerance is 2e-4), the engine by 3.9e-4. 1e-5 of the largest magnitude covers both.
    private const double RoundingOfTheReference = 1e-5;

    public bool Covers(GoldenFile file, GoldenCase @case)
    {
        if (file.Method?.StartsWith("engine/", StringComparison.Ordinal) != true || !@case.Has("input") || !@case.Input.Has("input_ids") || !GoldenModels.IsKnownFolder(file)) return false;
        return @case.Input.Has("decoder_input_ids") || @case.Input.Has("decoder_start_token_id") || @case.Expected.Has("decoder_start_token_id");
    }

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var model = GoldenModels.FromFolder<EncoderDecoderModel>(@case.File, @case.File.Folder, training: false);
        var sources = ProbeRows.FromBatch(@case.Input, out _);
        ModelChecks.WaiveRemarks(@case.Expected);
        if (@case.Input.Has("labels"))
        {
            Loss(@case, check, model, sources, cancellationToken);
            return;
        }

        using var run = new EncoderDecoderRun(model, sources[0].Ids, cancellationToken);
        if (@case.Input.Has("max_new_tokens")) Greedy(@case, check, run, cancellationToken);
        else if (@case.Expected.Has("max_abs_difference_one_by_one")) Incremental(@case, check, model, run, cancellationToken);
        else Forward(@case, check, model, run, cancellationToken);
    }

    private static void Forward(GoldenCase @case, GoldenCheck check, EncoderDecoderModel model, EncoderDecoderRun run, CancellationToken cancellation)
    {
        var file = @case.File;
        var (logits, hidden, attention) = (ModelChecks.Logits(file), ModelChecks.Hidden(file) with { RelativeToLargest = RoundingOfTheReference }, new Tolerance(file.Tolerance("attention")));
        var (source, target) = (@case.Input["input_ids"].AsIntRows()[0], @case.Input["decoder_input_ids"].AsIntRows()[0]);
        var decoder = run.Decode(target, cancellation);
        foreach (var (key, expected) in @case.Expected.Properties)
        {
            var layer = ModelChecks.NumbersIn(key) is [var first, ..] ? first : -1;
            var capture = key.StartsWith("encoder", StringComparison.Ordinal) ? run.Encoder : decoder;
            if (key == "logits") check.Tensor(expected, decoder.Logits, logits);
            else if (key == "encoder_last_hidden_state") check.Tensor(expected, run.Encoded, hidden);
            else if (key.EndsWith(".embedding", StringComparison.Ordinal)) check.Tensor(expected, capture[HookPoint.Embed], hidden);
            else if (key.EndsWith(".final_norm", StringComparison.Ordinal)) check.Tensor(expected, capture[HookPoint.FinalNorm], hidden);
            else if (key.Contains(".layer.", StringComparison.Ordinal)) check.Tensor(expected, capture[HookPoint.ResidPost, layer], hidden);
            else if (key.StartsWith("cross.attention.", StringComparison.Ordinal)) check.Tensor(expected, run.CrossWeights(layer, target, cancellation), attention);
            else if (key.StartsWith("encoder.attention.", StringComparison.Ordinal)) check.Tensor(expected, OfEncoder(layer), attention);
            else if (key.StartsWith("decoder.attention.", StringComparison.Ordinal)) check.Tensor(expected, OfDecoder(layer), attention);
        }

        float[] OfDecoder(int layer) => DecoderProbe.AttentionWeights(model.Decoder, layer, target.Length, hooks =>
        {
            using var sequence = run.NewSequence();
            run.Decode(sequence, target, hooks, cancellation);
        });

        float[] OfEncoder(int layer) => DecoderProbe.AttentionWeights(model.Encoder, layer, source.Length, hooks =>
        {
            using var pass = DecoderProbe.NewPass(hooks);
            using var sequence = model.NewSourceSequence();
            var rows = new Tessera.Models.Passes.RowBatch();
            rows.Add(sequence, source);
            model.Encode(pass, rows, cancellation);
        });
    }

    // The decoder's input is the labels shifted right behind the start token, −100 replaced by padding; the decoder masks nothing.
    private static void Loss(GoldenCase @case, GoldenCheck check, EncoderDecoderModel model, List<ProbeRows> sources, CancellationToken cancellation)
    {
        var expected = @case.Expected;
        var (start, pad) = (expected["decoder_start_token_id"].AsInt(), expected["pad_token_id"].AsInt());
        var labels = @case.Input["labels"].AsIntRows();
        var (logits, sum, count) = (new List<float>(), 0.0, 0);
        for (var b = 0; b < labels.Length; b++)
        {
            using var run = new EncoderDecoderRun(model, sources[b].Ids, cancellation);
            int[] target = [start, .. labels[b].Take(labels[b].Length - 1).Select(l => l == -100 ? pad : l)];
            var own = run.Decode(target, cancellation).Logits;
            logits.AddRange(own);
            for (var t = 0; t < labels[b].Length; t++)
            {
                if (labels[b][t] == -100) continue;
                sum -= TokenStatistics.Compute(own.AsSpan(t * model.Head.VocabularySize, model.Head.VocabularySize), labels[b][t]).LogProbability;
                count++;
            }
        }

        check.Tensor(expected["logits"], [.. logits], ModelChecks.Logits(@case.File));
        check.Close(expected["loss"], sum / count, new Tolerance(@case.File.Tolerance("loss")));
    }

    private static void Greedy(GoldenCase @case, GoldenCheck check, EncoderDecoderRun run, CancellationToken cancellation)
    {
        var start = @case.Input["decoder_start_token_id"].AsInt();
        var steps = @case.Input["max_new_tokens"].AsInt();
        var (ids, smallest) = (new List<int> { start }, float.PositiveInfinity);
        using var sequence = run.NewSequence();
        while (ids.Count <= steps)
        {
            var logits = run.Decode(sequence, [ids[^1]], null, cancellation);
            smallest = Math.Min(smallest, ModelChecks.Margin(logits));
            ids.Add(ModelChecks.ArgMax(logits));
        }

        check.SameIds(@case.Expected["ids"], [.. ids]);
        check.Close(@case.Expected["smallest_margin_top1_top2"], smallest, new Tolerance(2 * ModelChecks.Logits(@case.File).Absolute));
        @case.Expected.Find("first id")?.Waive("prose: the first id is the start token, as is checked");
    }

    private static void Incremental(GoldenCase @case, GoldenCheck check, EncoderDecoderModel model, EncoderDecoderRun run, CancellationToken cancellation)
    {
        var target = @case.Input["decoder_input_ids"].AsIntRows()[0];
        var full = run.Decode(target, cancellation).Logits;
        var single = new List<float>();
        using var sequence = run.NewSequence();
        foreach (var id in target) single.AddRange(run.Decode(sequence, [id], null, cancellation));
        var wanted = GoldenTensor.FromNumbers("the full forward", [target.Length, model.Head.VocabularySize], [.. full.Select(static v => (double)v)]);
        check.Tensor("one by one", wanted, [.. single], new Tolerance(@case.File.FindTolerance("incremental") ?? 1e-4)); // the README's number
    }
}
