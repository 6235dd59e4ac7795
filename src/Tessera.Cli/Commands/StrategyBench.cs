using Tessera.Cli.Output;
using Tessera.Generation;
using Tessera.Laboratory;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Cli.Commands;

/// <summary>Times a strategy against plain decoding, on prompts that ask for a copy and on prompts that ask for new text.</summary>
/// <param name="console">Where to write.</param>
/// <param name="package">The model.</param>
/// <param name="passes">How passes compute.</param>
/// <param name="sequences">How sequences keep keys and values.</param>
internal sealed class StrategyBench(CommandConsole console, ModelPackage package, PassOptions passes, SequenceOptions sequences)
{
    /// <summary>Runs and reports.</summary>
    /// <param name="strategy">The strategy.</param>
    /// <param name="tokens">The most tokens of an answer.</param>
    /// <param name="pairs">Pairs of runs.</param>
    /// <param name="json">Whether to write JSON, a line for each prompt.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    public async Task RunAsync(Strategy strategy, int tokens, int pairs, bool json, CancellationToken cancellation)
    {
        var options = package.Defaults.ToOptions() with { Sampling = SamplingOptions.Greedy, MaxTokens = tokens };
        var table = new ResultTable("prompt", "#tokens", "#plain, tokens/s", $"#{strategy.Name}, tokens/s", "#times", "#passes", "#drafted", "#accepted", "tokens");
        foreach (var text in StrategyTexts.Copying.Concat(StrategyTexts.Free))
        {
            var trial = await Task.Run(() => StrategyTrial.RunAsync(package, strategy, text, options, pairs, passes, sequences, cancellation), cancellation).ConfigureAwait(false);
            var report = trial.Report;
            if (json)
            {
                JsonLine.Write(console.Output, writer =>
                {
                    writer.WriteString("prompt", trial.Name);
                    writer.WriteString("strategy", report.Strategy);
                    writer.WriteNumber("tokens", trial.Tokens);
                    writer.WriteNumber("plainTokensPerSecond", Math.Round(StrategyTrial.Median(trial.Plain), 2));
                    writer.WriteNumber("strategyTokensPerSecond", Math.Round(StrategyTrial.Median(trial.Strategy), 2));
                    writer.WriteNumber("ratio", Math.Round(trial.Ratio, 3));
                    writer.WriteNumber("passes", report.Passes);
                    writer.WriteNumber("rows", report.Rows);
                    writer.WriteNumber("drafted", report.Drafted);
                    writer.WriteNumber("accepted", report.Accepted);
                    writer.WriteBoolean("sameTokens", trial.Same);
                });
            }
            else
            {
                string Format(FormattableString value) => FormattableString.Invariant(value);
                table.Add(
                    trial.Name, Format($"{trial.Tokens}"), Format($"{StrategyTrial.Median(trial.Plain):F1}"), Format($"{StrategyTrial.Median(trial.Strategy):F1}"),
                    Format($"{trial.Ratio:F2}"), Format($"{report.Passes}"), Format($"{report.Drafted}"), Format($"{report.Accepted}"), trial.Same ? "the same" : "DIFFERENT");
            }
        }

        if (!json) table.WriteTo(console);
    }
}
