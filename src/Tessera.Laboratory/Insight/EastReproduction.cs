using Tessera.Generation;
using Tessera.Insight.Steering;
using Tessera.Models;
using Tessera.Models.Hooks;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Laboratory;

/// <summary>
/// EAST on bandits with answers of one token: the steering vector is fitted on half of the prompts, and on the other half the entropy of the
/// choice is measured against the multiplier, beside the uncentred vector and random vectors of the same length.
/// </summary>
public sealed class EastReproduction : IReproduction
{
    private const int Prompts = 60, RandomVectors = 10, FewestPulls = 2, MostPulls = 20;
    private static readonly double[] s_multipliers = [-4, -2, -1, 0, 1, 2, 4]; // 0 stands in the middle

    /// <inheritdoc/>
    public string Method => "east";

    /// <inheritdoc/>
    public string Summary =>
        $"{Prompts} records of 2 to 20 random pulls of a two-armed Gaussian bandit (means 0 and 1, noise 1, labels swapped in half of them), each ending in \"Answer with A or B:\". "
        + "The choice is read off the next token's probabilities. EAST is fitted on half of the prompts; on the other half the last row is steered by it, by the vector without centring, and by random vectors of its length.";

    /// <inheritdoc/>
    public Task<ReproductionReport> RunAsync(ReproductionContext context, IProgress<ReproductionProgress> progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(progress);
        return Task.Run(() => new Run(context, progress, cancellation).Measure(), cancellation);
    }

    private sealed class Run(ReproductionContext context, IProgress<ReproductionProgress> progress, CancellationToken cancellation)
    {
        private readonly LanguageModel _model = context.Model.Language;
        private readonly PassOptions _passes = new() { Pool = context.Pool };
        private readonly int[] _actions = [Token(context.Model, " A"), Token(context.Model, " B")];
        private readonly BanditPrompt[] _prompts = [.. Enumerable.Range(0, Prompts).Select(i => BanditPrompt.Draw(context.Seed, i, FewestPulls + i / 2 % (MostPulls - FewestPulls + 1)))];

        public ReproductionReport Measure()
        {
            var layers = _model.Stack.Blocks.Count;
            int[] tried = [.. new[] { layers / 4, layers / 2, 3 * layers / 4 }.Distinct().Order()];
            var middle = Array.IndexOf(tried, layers / 2);
            var decisions = tried.Select(layer => Fit(layer, tried.Length)).ToArray();
            var entropies = decisions[0].Select(d => d.Actions.Entropy).ToArray();
            SteeringVector Vector(int at, bool centre) =>
                new EntropicActivationSteering(centre).CreateVector(_model, tried[at], [.. decisions[at].Select(d => d.Activation)], entropies);

            var east = Vector(middle, centre: true);
            var arms = new List<(string Name, SteeringVector[] Vectors)> { ($"EAST, layer {tried[middle]}", [east]) };
            for (var at = 0; at < tried.Length; at++)
            {
                if (at != middle) arms.Add(($"EAST, layer {tried[at]}", [Vector(at, centre: true)]));
            }

            arms.Add(("without centring", [Vector(middle, centre: false)]));
            arms.Add(("random vectors", [.. Enumerable.Range(0, RandomVectors).Select(i => RandomVector(east, i))]));
            return EastFigures.Report(arms.Select(a => a.Name).ToArray(), s_multipliers, Steer(arms), Correlation(entropies), entropies);
        }

        // Prompts at even places of pairs fit, the others test; both halves have all lengths and both labellings.
        private IEnumerable<BanditPrompt> Half(bool test) => _prompts.Where((_, i) => i / 2 % 2 == 1 == test);

        private List<Decision> Fit(int layer, int layers)
        {
            using var probe = new DecisionProbe(_model, layer, _actions, null, _passes);
            var decisions = new List<Decision>();
            foreach (var prompt in Half(test: false))
            {
                progress.Report(new ReproductionProgress(0.2 * decisions.Count / (Prompts / 2) / layers, "fitting"));
                decisions.Add(probe.Measure(Ids(prompt), cancellation));
            }

            return decisions;
        }

        /// <summary>For each arm, vector and multiplier the mean entropy, mass of the actions and regret over the test prompts.</summary>
        private EastFigures[][][] Steer(List<(string Name, SteeringVector[] Vectors)> arms)
        {
            // Only the last row is steered: everything before it runs once, and each arm goes on from a fork.
            var passes = arms.Select(a => a.Vectors.Select(v => s_multipliers.Select(m => new Pass(new SteeringHook(v, _model, m).Steer(_passes))).ToArray()).ToArray()).ToArray();
            var sums = passes.Select(a => a.Select(v => v.Select(_ => default(EastFigures)).ToArray()).ToArray()).ToArray();
            var (tested, done) = (Half(test: true).ToList(), 0);
            using var plain = new Pass(_passes);
            foreach (var prompt in tested)
            {
                progress.Report(new ReproductionProgress(0.2 + 0.8 * done++ / tested.Count, "steering"));
                var ids = Ids(prompt);
                using var prefix = _model.NewSequence();
                var rows = new RowBatch();
                rows.Add(prefix, ids.AsSpan(0, ids.Length - 1));
                _model.Run(plain, rows, cancellation);
                for (var arm = 0; arm < passes.Length; arm++)
                {
                    for (var vector = 0; vector < passes[arm].Length; vector++)
                    {
                        for (var m = 0; m < s_multipliers.Length; m++)
                            sums[arm][vector][m] += Decide(prefix, passes[arm][vector][m], ids[^1], prompt.Best) * (1.0 / tested.Count);
                    }
                }
            }

            foreach (var pass in passes.SelectMany(a => a).SelectMany(v => v)) pass.Dispose();
            return sums;
        }

        private EastFigures Decide(Sequence prefix, Pass pass, int last, int best)
        {
            using var sequence = prefix.Fork();
            var rows = new RowBatch();
            rows.Add(sequence, [last]);
            var logits = _model.LastLogits(pass, _model.Run(pass, rows, cancellation)).Span;
            var actions = ActionDistribution.OfTokens(logits, _actions);
            var mass = 0.0;
            foreach (var id in _actions) mass += Math.Exp(TokenStatistics.Compute(logits, id).LogProbability);
            return new EastFigures(actions.Entropy, mass, actions.Probabilities[1 - best]);
        }

        private SteeringVector RandomVector(SteeringVector like, int index)
        {
            var key = new RandomKey(context.Seed, (uint)index, 1, RandomPurpose.Initialise);
            var values = Enumerable.Range(0, like.Width).Select(i => key.Normal((uint)i)).ToArray();
            var scale = like.Norm(0) / Math.Sqrt(values.Sum(v => v * v));
            return new SteeringVector(_model, HookPoint.ResidPost, like.Layers, [Array.ConvertAll(values, v => (float)(v * scale))], "random");
        }

        // Of the entropy with the number of pulls, over the prompts that fit: what the vector may have learnt in place of doubt.
        private double Correlation(double[] entropies)
        {
            var pulls = Half(test: false).Select(p => (double)p.Pulls).ToArray();
            var (meanX, meanY) = (pulls.Average(), entropies.Average());
            var product = pulls.Zip(entropies, (x, y) => (x - meanX) * (y - meanY)).Sum();
            return product / Math.Sqrt(pulls.Sum(x => (x - meanX) * (x - meanX)) * entropies.Sum(y => (y - meanY) * (y - meanY)));
        }

        private int[] Ids(BanditPrompt prompt) => context.Model.Text.EncodePrompt(prompt.Text);

        private static int Token(ModelPackage package, string text) =>
            package.Text.Tokenizer.EncodeToIds(text, Tokenizers.EncodeOptions.PlainText) is [var id]
                ? id
                : throw new ArgumentException($"The answer \"{text}\" must be one token of the model's vocabulary; take a model with a vocabulary of words.");
    }
}
