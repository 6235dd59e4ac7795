using Tessera.Learning.Data;
using Tessera.Learning.Optimisers;
using Tessera.Learning.Training;
using Tessera.Models;
using Tessera.Models.Tests;

namespace Tessera.Learning.Tests.Training;

public sealed class TrainerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("run").FullName;

    [Fact]
    public void ARepeatingStreamIsLearnt()
    {
        using var model = NewModel();
        var losses = Train(model, Options(60));
        losses[0].ShouldBeGreaterThan(3); // about ln 61 before anything is learnt
        losses[^1].ShouldBeLessThan(losses[0] / 2);
    }

    [Fact]
    public void ARunThatStopsAndResumesEndsWithTheSameBits()
    {
        using var whole = NewModel();
        Train(whole, Options(12));

        using var stopped = NewModel();
        using var cancel = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => Train(stopped, Options(12) with { CheckpointDirectory = _folder }, step =>
        {
            if (step == 5) cancel.Cancel();
        }, cancel.Token));
        using var resumed = NewModel();
        var losses = Train(resumed, Options(12) with { CheckpointDirectory = _folder });

        losses.Count.ShouldBe(7);
        foreach (var (name, parameter) in whole.Parameters) resumed.Parameters[name].Tensor.Values.ToArray().ShouldBe(parameter.Tensor.Values.ToArray(), name);
    }

    [Fact]
    public void MicroBatchesGiveTheGradientsOfTheBatch()
    {
        using var whole = NewModel();
        using var parts = NewModel();
        var one = Train(whole, Options(3));
        var two = Train(parts, Options(3) with { MicroBatchSize = 2 });
        for (var step = 0; step < 3; step++) two[step].ShouldBe(one[step], 1e-4); // rounding of sums, amplified by three steps of Adam
    }

    [Fact]
    public void ADamagedCheckpointIsRefusedWithAdvice()
    {
        using (var model = NewModel()) Train(model, Options(2) with { CheckpointDirectory = _folder });
        var path = Path.Combine(_folder, "checkpoint.bin");
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);

        using var other = NewModel();
        Should.Throw<MalformedInputException>(() => Train(other, Options(4) with { CheckpointDirectory = _folder })).Message.ShouldContain("remove the file");
    }

    [Fact]
    public void ACheckpointOfAnotherModelIsRefused()
    {
        using (var model = NewModel()) Train(model, Options(2) with { CheckpointDirectory = _folder });
        using var larger = ToyModels.Language(ToyModels.Llama(layers: 3));
        Should.Throw<MalformedInputException>(() => Train(larger, Options(4) with { CheckpointDirectory = _folder }));
    }

    [Fact]
    public void ABatchThatIsNoWholeNumberOfMicroBatchesIsRefused()
    {
        using var model = NewModel();
        Should.Throw<ArgumentException>(() => Train(model, Options(2) with { MicroBatchSize = 3 }));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static LanguageModel NewModel() => ToyModels.Language(ToyModels.Llama());

    private static TrainerOptions Options(int steps) => new()
    {
        Schedule = new LearningRateSchedule { Peak = 0.01, TotalSteps = steps, WarmupSteps = 2 }, BatchSize = 4, MicroBatchSize = 4, CheckpointEvery = 1_000,
    };

    private static List<double> Train(LanguageModel model, TrainerOptions options, Action<int>? after = null, CancellationToken cancellation = default)
    {
        var stream = Enumerable.Range(0, 400).Select(static i => i * i % 13 + 1).ToArray();
        using var trainer = new Trainer(model, new TokenWindows(stream, 16, seed: 5), options);
        var progress = new Recorder(after);
        trainer.Run(progress, cancellation == default ? TestContext.Current.CancellationToken : cancellation);
        return progress.Losses;
    }

    // Progress<T> posts to other threads; a test wants its steps in order.
    private sealed class Recorder(Action<int>? after) : IProgress<TrainingProgress>
    {
        public List<double> Losses { get; } = [];

        public void Report(TrainingProgress value)
        {
            Losses.Add(value.Loss);
            after?.Invoke(value.Step);
        }
    }
}
