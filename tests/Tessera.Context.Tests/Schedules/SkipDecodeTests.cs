using Tessera.Context.Schedules;
using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Models.Tests;
using Tessera.Tensors.Kernels;

namespace Tessera.Context.Tests;

public sealed class SkipDecodeTests
{
    private static readonly int[] s_ids = [.. Enumerable.Range(0, 20).Select(i => i * 13 % 61)];

    [Fact]
    public void TheCardsDecayIsThatOfItsWorkedExample()
    {
        SkipDecode.Decay(8, 1, 6, 2, 0, 4, 6).ShouldBe([6, 5, 4, 3, 2, 2]);
        Enumerable.Range(0, 8).Where(layer => SkipDecode.Runs(layer, 8, 1, 6)).ShouldBe([0, 3, 4, 5, 6, 7]);
        Enumerable.Range(0, 8).Where(layer => SkipDecode.Runs(layer, 8, 1, 2)).ShouldBe([0, 7]);
    }

    [Fact]
    public void AllLayersAreThePlainModelBitForBit()
    {
        using var model = ToyModels.Language(ToyModels.Llama(4));
        Last(model, new SkipDecode(most: 1, least: 1), 5).ShouldBe(Last(model, null, 5));
    }

    [Fact]
    public void CachesHoldWhatRan()
    {
        using var model = ToyModels.Language(ToyModels.Llama(4));
        var schedule = new SkipDecode(most: 1, least: 0.5, length: 4);
        Last(model, schedule, 10);
        schedule.Counts.Rows.ToArray().ShouldBe([20, 11, 13, 20]); // the prompt of 10 in full, then 4, 3, 3, 2, 2 … of 4
        schedule.Counts.Tokens.ShouldBe(20);
    }

    [Fact]
    public void BadSettingsAreRefused()
    {
        Should.Throw<ArgumentException>(() => new SkipDecode(most: 1.1));
        Should.Throw<ArgumentException>(() => new SkipDecode(most: 0.5, least: 0.6));
        Should.Throw<ArgumentException>(() => new SkipDecode(warmUp: -1));
        Should.Throw<ArgumentException>(() => new SkipDecode(length: 0));
        Should.Throw<ArgumentException>(() => SkipDecode.Decay(8, 1, 9, 2, 0, 4, 6)); // more than there are
        Should.Throw<ArgumentException>(() => SkipDecode.Decay(8, 2, 6, 2, 0, 4, 6)); // no more than the warm-up
        Should.Throw<ArgumentException>(() => SkipDecode.Decay(8, 1, 6, 2, 4, 4, 6)); // an end at the start
        Should.Throw<ArgumentException>(() => SkipDecode.ByPosition([3, 4]));
        Should.Throw<ArgumentException>(() => SkipDecode.ByPosition([]));
        using var model = ToyModels.Language(ToyModels.Llama(4));
        Should.Throw<ArgumentException>(() => Last(model, SkipDecode.ByPosition([5]), 5)).Message.ShouldContain("has 4");
    }

    private static float[] Last(LanguageModel model, LayerSchedule? schedule, int prompt)
    {
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        sequence.Schedule = schedule;
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        var rows = new RowBatch();
        for (var at = 0; at < s_ids.Length; at += at == 0 ? prompt : 1)
        {
            rows.Clear();
            rows.Add(sequence, s_ids.AsSpan(at, at == 0 ? prompt : 1));
            var logits = model.LastLogits(pass, model.Run(pass, rows));
            if (sequence.Length == s_ids.Length) return logits.Span.ToArray();
        }

        return [];
    }
}
