using Tessera.Models.Heads;
using Tessera.Models.Modules;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Tests.State;

/// <summary>A sequence with a table and a head of its own: another vocabulary over the same layers.</summary>
public sealed class SequenceVocabularyTests
{
    private const int Vocabulary = 70; // ids of the model are 9 higher, the first nine are new
    private static readonly int[] Ids = [4, 9, 33, 2, 60, 9];

    [Fact]
    public void AnotherNumberingOfTheSameRowsGivesTheSameLogits()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        var (own, _) = Renumbered(model);
        var plain = Logits(model, SequenceOptions.Exact, Ids, 0);
        var renumbered = Logits(model, own, [.. Ids.Select(i => i + 9)], 0);
        renumbered.Length.ShouldBe(Vocabulary);
        renumbered[9..].ShouldBe(plain);
    }

    [Fact]
    public void SequencesOfBothVocabulariesRunInOneBatchEachToTheBitAsAlone()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        var (own, _) = Renumbered(model);
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        using var one = model.NewSequence(own);
        using var other = model.NewSequence(SequenceOptions.Exact);
        using var fork = one.Fork();
        var rows = new RowBatch();
        rows.Add(one, [69, 11, 3]);
        rows.Add(other, Ids);
        rows.Add(fork, [69, 11, 3]);
        rows.SetMixture(1, [11, 65], [0.25f, 0.75f]);
        rows.SetMixture(10, [11, 65], [0.25f, 0.75f]);
        Should.Throw<ArgumentOutOfRangeException>(() => rows.SetMixture(4, [65], [1f]));
        var hidden = model.Run(pass, rows);
        var logits = model.Logits(pass, hidden, [2, 11]);
        logits.Row(0).ToArray().ShouldBe(logits.Row(1).ToArray());
        logits.Row(0).ToArray().ShouldBe(Logits(model, own, [69, 11, 3], 1));
        Should.Throw<ArgumentException>(() => model.Logits(pass, hidden, [2, 8])).Message.ShouldContain("heads");
        model.Logits(pass, hidden, [8]).Span.ToArray().ShouldBe(Logits(model, SequenceOptions.Exact, Ids, 0));
    }

    [Fact]
    public void GradientsGoToTheTableThatARowCameFrom()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        var (own, table) = Renumbered(model);
        table.Train();
        using var one = model.NewSequence(own);
        using var other = model.NewSequence(SequenceOptions.Exact);
        using var tape = new Tape();
        using var pass = new Pass(new PassOptions { Tape = tape });
        tape.Backward(Loss(pass));
        table.Gradient[(11 * 24)..(12 * 24)].ToArray().ShouldContain(g => g != 0);
        table.Gradient[..(3 * 24)].ToArray().ShouldAllBe(g => g == 0); // ids 0 to 2: no row
        using var plain = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        Passes.DirectionalSlope.ShouldMatch(table, () => Loss(plain).Span[0], 0.01f);

        Value Loss(Pass run)
        {
            one.Truncate(0);
            other.Truncate(0);
            var rows = new RowBatch();
            rows.Add(other, [1, 2, 3]);
            rows.Add(one, [69, 11, 3]);
            rows.SetMixture(5, [4, 65], [0.25f, 0.75f]);
            return run.CrossEntropy(model.Run(run, rows), model.Head, new[] { 1, 2, 3, 4, 5, 6 }, new[] { 0, 0, 0, 0.5f, 0.5f, 0.5f });
        }
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        var narrow = new Parameter("narrow", Tensor.Create(TensorFormat.F32, 70, 23));
        Should.Throw<ArgumentException>(() => model.NewSequence(new SequenceOptions { Embedding = narrow })).Message.ShouldContain("narrow");
        Should.Throw<ArgumentException>(() => model.NewSequence(new SequenceOptions { Head = new LanguageHead(new LinearMap(narrow)) })).Message.ShouldContain("23");
        var (own, _) = Renumbered(model);
        Should.Throw<ArgumentOutOfRangeException>(() => Logits(model, own, [70], 9)).Message.ShouldContain("70");
    }

    private static (SequenceOptions Options, Parameter Table) Renumbered(LanguageModel model)
    {
        var table = new Parameter("own table", Tensor.Create(TensorFormat.F32, Vocabulary, 24));
        var random = new Random(3);
        foreach (ref var value in table.Tensor.Values) value = (float)(random.NextDouble() - 0.5);
        for (var id = 0; id < 61; id++) model.Stack.Embedding.Tensor.CopyRowTo(id, table.Tensor.Values.Slice((id + 9) * 24, 24));
        return (SequenceOptions.Exact with { Embedding = table, Head = model.Head with { Projection = new LinearMap(table) } }, table);
    }

    private static float[] Logits(LanguageModel model, SequenceOptions options, int[] ids, int mixed)
    {
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        using var sequence = model.NewSequence(options);
        var rows = new RowBatch();
        rows.Add(sequence, ids);
        if (mixed == 1) rows.SetMixture(1, [11, 65], [0.25f, 0.75f]);
        return model.LastLogits(pass, model.Run(pass, rows)).Span.ToArray();
    }
}
