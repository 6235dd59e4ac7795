using Tessera.Insight.Steering;
using Tessera.Models;
using Tessera.Models.Hooks;
using Tessera.Models.Passes;

namespace Tessera.Insight.Tests.Steering;

/// <summary>Steering on a model that knows words.</summary>
public sealed class RealModelSteeringTests
{
    private static readonly string[] s_glad =
    [
        "What a wonderful morning, I feel so happy and full of joy.", "I absolutely love this place, everyone is kind and cheerful.", "The party was fantastic and we laughed all night.",
        "Winning the prize made her smile with delight.", "Our holiday was perfect, warm and full of fun.", "I feel hopeful and excited about the future.",
    ];

    private static readonly string[] s_sad =
    [
        "What a horrible morning, I feel so miserable and full of sorrow.", "I absolutely hate this place, everyone is cruel and gloomy.", "The party was awful and we cried all night.",
        "Losing the prize made her weep with grief.", "Our holiday was ruined, cold and full of misery.", "I feel hopeless and afraid of the future.",
    ];

    [Theory]
    [InlineData(DirectionMethod.MeanDifference)]
    [InlineData(DirectionMethod.Pca)]
    public void ASentimentDirectionMovesTheWordsThatFollow(DirectionMethod method)
    {
        var package = SharedModel.Get();
        int[][] Ids(string[] texts) => [.. texts.Select(package.Text.EncodePrompt)];
        var vector = new ContrastiveActivationAddition(method, ActivationPooling.MeanOfTokens).Fit(package.Language, Ids(s_glad), Ids(s_sad), [14]);
        double[] leaning = [.. new[] { -1.0, 0, 1 }.Select(scale => Leaning(package.Language, package.Text.EncodePrompt, vector, scale))];
        leaning[0].ShouldBeLessThan(leaning[1]);
        leaning[1].ShouldBeLessThan(leaning[2]);
    }

    [Fact]
    public void EastRaisesTheEntropyOfActionsAndItsOppositeLowersIt()
    {
        var package = SharedModel.Get();
        string[] prompts = ["Two machines, A and B. Rewards so far:\nA 1.2\nB 0.3\nWhich machine next? Answer with A or B:", "Two machines, A and B. Rewards so far:\nB 0.9\nB 1.4\nA -0.2\nWhich machine next? Answer with A or B:"];
        int[] actions = [package.Text.EncodePrompt(" A").Single(), package.Text.EncodePrompt(" B").Single()];
        int[][] ids = [.. prompts.Select(package.Text.EncodePrompt)];
        using var probe = new DecisionProbe(package.Language, 15, actions);
        var decisions = ids.Select(p => probe.Measure(p)).ToList();
        var vector = new EntropicActivationSteering().CreateVector(package.Language, 15, [.. decisions.Select(d => d.Activation)], [.. decisions.Select(d => d.Actions.Entropy)]);
        double Entropy(double scale)
        {
            using var steered = new DecisionProbe(package.Language, 15, actions, new SteeringHook(vector, package.Language, scale));
            return ids.Average(p => steered.Measure(p).Actions.Entropy);
        }

        Entropy(0).ShouldBe(decisions.Average(d => d.Actions.Entropy));
        Entropy(4).ShouldBeGreaterThan(Entropy(0));
        Entropy(-4).ShouldBeLessThan(Entropy(0));
    }

    // How much more probable glad words are than sad ones behind some openings, in nats.
    private static double Leaning(LanguageModel model, Func<string, int[]> encode, SteeringVector vector, double scale)
    {
        using var pass = new Pass(new SteeringHook(vector, model, scale).Steer(new PassOptions()));
        var (rows, sum) = (new RowBatch(), 0.0);
        foreach (var opening in new[] { "When I woke up this morning, I felt", "My day was", "The news made me feel" })
        {
            using var sequence = model.NewSequence();
            rows.Clear();
            rows.Add(sequence, encode(opening));
            var logits = model.LastLogits(pass, model.Run(pass, rows)).Span;
            foreach (var (glad, sad) in new[] { (" happy", " sad"), (" good", " bad"), (" wonderful", " terrible") }) sum += logits[encode(glad)[0]] - logits[encode(sad)[0]];
        }

        return sum;
    }
}
