using Tessera.Context.Schedules;
using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Models.Tests;
using Tessera.Tensors.Autodiff;

namespace Tessera.Context.Tests;

public sealed class ContextualTokenSparsityTests
{
    private static readonly int[] s_ids = [.. Enumerable.Range(0, 44).Select(i => i * i * 5 % 61)];

    [Fact]
    public void TheCardsScoresAreThoseOfItsWorkedExample()
    {
        double[][] first = [[0, 0, 0, 0], [1, 0, 0, 0], [3, 0.5, 0, 0], [1, -3, 2, 0]];
        double[][] second = [[0, 0, 0, 0], [2, 0, 0, 0], [-1, 1, 0, 0], [1, 1, 0, 0]];
        var merged = TokenInformativeness.Merge([first, second]);
        TokenInformativeness.OfTokens(merged).ShouldBe([4, 1.25, 1, 0]);
        var maxima = TokenInformativeness.BlockMaxima(merged, 2);
        var scores = TokenInformativeness.OfBlocks(maxima);
        scores.ShouldBe([3, 1]);
        TokenInformativeness.OfBlocks(maxima, perVisibleBlock: true).ShouldBe([1.5, 1]);
        TokenInformativeness.Above(scores, 2, keepEnds: false).ShouldBe([0]);
        TokenInformativeness.Above(scores, 2, keepEnds: true).ShouldBe([0, 1]);
        Should.Throw<ArgumentException>(() => TokenInformativeness.BlockMaxima(merged, 5));
    }

    [Fact]
    public void AllTokensAreTheOrdinaryStep()
    {
        var plain = Step(null, out _);
        var all = Step(new ContextualTokenSparsity(keep: 1), out var schedule);
        all.ShouldBe(plain);
        schedule!.Counts.TotalRows.ShouldBe(6 * 44);
    }

    [Fact]
    public void LayersBetweenTheFirstAndTheDenseOnesRunTheChosenBlocks()
    {
        Step(new ContextualTokenSparsity(keep: 0.5, block: 8, dense: 2), out var schedule);
        var rows = schedule!.Counts.Rows.ToArray(); // 6 blocks, the last one of 4 tokens; 3 stay, the first and the last among them
        rows.ShouldBe([44, 20, 20, 20, 44, 44]);
    }

    [Fact]
    public void TheLossOfAThinnedStepIsOfAllRows()
    {
        var thin = Step(new ContextualTokenSparsity(keep: 0.3, block: 4, dense: 1), out _);
        thin.ShouldNotBe(Step(null, out _));
        thin.ShouldAllBe(x => float.IsFinite(x));
    }

    [Fact]
    public void BadSettingsAreRefused()
    {
        Should.Throw<ArgumentException>(() => new ContextualTokenSparsity(keep: 0));
        Should.Throw<ArgumentException>(() => new ContextualTokenSparsity(keep: 1.1));
        Should.Throw<ArgumentException>(() => new ContextualTokenSparsity(block: 0));
        Should.Throw<ArgumentException>(() => new ContextualTokenSparsity(dense: -1));
        Should.Throw<ArgumentException>(() => Step(ContextualTokenSparsity.ByLayer([[0]]), out _)).Message.ShouldContain("6 layers");
    }

    // The loss and the gradient of the embedding.
    private static float[] Step(LayerSchedule? schedule, out LayerSchedule? used)
    {
        using var model = ToyModels.Language(ToyModels.Llama(6));
        foreach (var parameter in model.Parameters.Values) parameter.Train();
        using var tape = new Tape();
        using var pass = new Pass(new PassOptions { Tape = tape });
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        sequence.Schedule = used = schedule;
        var rows = new RowBatch();
        rows.Add(sequence, s_ids);
        var hidden = model.Run(pass, rows);
        var loss = pass.CrossEntropy(hidden, model.Head, s_ids.Select(id => (id + 3) % 61).ToArray(), Enumerable.Repeat(1f / 44, 44).ToArray());
        tape.Backward(loss);
        return [loss.Span[0], .. model.Stack.Embedding.Gradient];
    }
}
