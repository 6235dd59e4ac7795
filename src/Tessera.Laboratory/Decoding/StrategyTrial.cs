using Tessera.Generation;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tokenizers.Templates;

namespace Tessera.Laboratory;

/// <summary>
/// A strategy against plain decoding on one prompt: pairs of runs, the two in turns, each in a fresh session, so that both see the same machine; and
/// whether both gave the same tokens.
/// </summary>
public sealed record StrategyTrial
{
    /// <summary>The prompt's name.</summary>
    public required string Name { get; init; }

    /// <summary>Tokens generated.</summary>
    public required int Tokens { get; init; }

    /// <summary>Decoded tokens a second of plain decoding, one for each pair.</summary>
    public required IReadOnlyList<double> Plain { get; init; }

    /// <summary>Decoded tokens a second of the strategy, one for each pair.</summary>
    public required IReadOnlyList<double> Strategy { get; init; }

    /// <summary>What the strategy's last run counted.</summary>
    public required GenerationReport Report { get; init; }

    /// <summary>Whether all runs gave the same tokens.</summary>
    public required bool Same { get; init; }

    /// <summary>The median over the pairs of the strategy's speed as a multiple of plain decoding's.</summary>
    public double Ratio => Median(Plain.Zip(Strategy, static (plain, strategy) => strategy / plain));

    /// <summary>Runs the pairs.</summary>
    /// <param name="model">The model.</param>
    /// <param name="strategy">The strategy.</param>
    /// <param name="text">The prompt, written down with the model's chat template where it has one.</param>
    /// <param name="options">Tokens, sampler and seed of both.</param>
    /// <param name="pairs">Pairs that count, at least 1; one more runs before them.</param>
    /// <param name="passes">How passes compute.</param>
    /// <param name="sequences">How sequences keep keys and values.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    public static async Task<StrategyTrial> RunAsync(
        ModelPackage model, Strategy strategy, ReproductionText text, GenerationOptions options, int pairs, PassOptions? passes, SequenceOptions? sequences,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(pairs, 1);
        int[] prompt = model.Text.ChatTemplates is null ? model.Text.EncodePrompt(text.Text) : [.. model.Text.ChatFormat().Encode([new ChatMessage("user", text.Text.Trim())])];
        var (plain, drafted) = (new double[pairs], new double[pairs]);
        int[]? expected = null;
        GenerationReport report = null!;
        var same = true;
        for (var pair = -1; pair < pairs; pair++)
        {
            var (ids, plainSpeed, _) = await TimeAsync(options with { Strategy = Generation.Strategy.Plain }).ConfigureAwait(false);
            (var others, var speed, report) = await TimeAsync(options with { Strategy = strategy }).ConfigureAwait(false);
            expected ??= ids;
            same &= ids.AsSpan().SequenceEqual(expected) && others.AsSpan().SequenceEqual(expected);
            if (pair >= 0) (plain[pair], drafted[pair]) = (plainSpeed, speed);
        }

        return new StrategyTrial { Name = text.Name, Tokens = expected!.Length - prompt.Length, Plain = plain, Strategy = drafted, Report = report, Same = same };

        async Task<(int[] Ids, double Speed, GenerationReport Report)> TimeAsync(GenerationOptions of)
        {
            using var session = model.NewSession(passes, sequences);
            var run = session.GenerateAsync(prompt, of, cancellation);
            await foreach (var step in run.ConfigureAwait(false)) _ = step;
            return (run.Tokens.ToArray(), run.GeneratedTokens / run.DecodeTime.TotalSeconds, run.Report);
        }
    }

    /// <summary>The median.</summary>
    /// <param name="values">At least one number.</param>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
