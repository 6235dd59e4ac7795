using Tessera.Models;
using Tessera.Models.Hooks;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Insight.Steering;

/// <summary>
/// Makes a steering vector from texts of two kinds: runs each, takes an activation of it, and fits the direction that leads from the negative
/// to the positive side. Added while the model writes, it moves the text towards the positive kind; with a negative scale away from it.
/// </summary>
[Method("steering-vector", "Steering Llama 2 via Contrastive Activation Addition", "2312.06681", 2023, MethodStage.Hook)]
public sealed class ContrastiveActivationAddition
{
    /// <summary>Creates the method.</summary>
    /// <param name="method">How the direction is found: mean-difference (default), pca or pca-centred.</param>
    /// <param name="pooling">Which row stands for a text: last-token (default) or mean-of-tokens.</param>
    public ContrastiveActivationAddition(DirectionMethod method = DirectionMethod.MeanDifference, ActivationPooling pooling = ActivationPooling.LastToken)
    {
        if (!Enum.IsDefined(method)) throw new ArgumentOutOfRangeException(nameof(method));
        if (!Enum.IsDefined(pooling)) throw new ArgumentOutOfRangeException(nameof(pooling));
        (Method, Pooling) = (method, pooling);
    }

    /// <summary>How the direction is found.</summary>
    public DirectionMethod Method { get; }

    /// <summary>Which row stands for a text.</summary>
    public ActivationPooling Pooling { get; }

    /// <summary>Fits a vector.</summary>
    /// <param name="model">The model.</param>
    /// <param name="positive">Texts of the positive kind, as tokens.</param>
    /// <param name="negative">Texts of the negative kind; for principal components the i-th is the pair of the i-th positive one.</param>
    /// <param name="layers">Which layers get a direction, 0-based, ascending.</param>
    /// <param name="point">Where in a layer. Default behind it, on the residual stream.</param>
    /// <param name="passes">How passes compute; fast if null.</param>
    /// <param name="sequences">How keys and values are kept; F16 if null.</param>
    /// <param name="progress">Told how many texts have run.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    /// <returns>
    /// The vector, whose directions have the length of the two sides' separation along them (see <see cref="FittedDirection.AsSteering"/>); its
    /// notes tell separation and explained share of each layer.
    /// </returns>
    /// <exception cref="ArgumentException">A side is empty, pairs are missing, a text is empty or too long, or the sides do not differ.</exception>
    public SteeringVector Fit(
        LanguageModel model, IReadOnlyList<int[]> positive, IReadOnlyList<int[]> negative, IReadOnlyList<int> layers, HookPoint point = HookPoint.ResidPost,
        PassOptions? passes = null, SequenceOptions? sequences = null, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(positive);
        ArgumentNullException.ThrowIfNull(negative);
        using var reader = new ActivationCapture(model, point, layers, Pooling, passes, sequences);
        var done = 0;
        float[][] Read(int[] ids)
        {
            var read = reader.Read(ids, cancellation);
            progress?.Report(++done);
            return read;
        }

        var (up, down) = (positive.Select(Read).ToArray(), negative.Select(Read).ToArray());
        var fits = Enumerable.Range(0, layers.Count).Select(i => DirectionFit.Fit([.. up.Select(a => a[i])], [.. down.Select(a => a[i])], Method)).ToArray();
        var notes = new Dictionary<string, string>
        {
            ["positive"] = Text(positive.Count), ["negative"] = Text(negative.Count), ["pooling"] = Pooling.ToString(), ["separation"] = Join(fits.Select(f => f.Separation)),
        };
        if (fits.All(f => f.ExplainedShare is not null)) notes["explained_share"] = Join(fits.Select(f => f.ExplainedShare!.Value));
        return new SteeringVector(model, point, layers, [.. fits.Select(f => f.AsSteering())], Method.ToString()) { Notes = notes };
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    private static string Text(int number) => Text($"{number}");

    private static string Join(IEnumerable<double> numbers) => string.Join(' ', numbers.Select(n => Text($"{n:G6}")));
}
