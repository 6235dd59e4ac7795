using Tessera.Models.Attention;

namespace Tessera.Context.Policies;

/// <summary>
/// Compresses a prompt's cache once it is read: each KV head keeps the window of the last tokens, and of the others those that the window's
/// queries look at most, smoothed along the text so that a token's neighbours stay with it. What is generated afterwards is kept.
/// </summary>
[Method("snapkv", "SnapKV: LLM Knows What You are Looking for Before Generation", "2404.14469", 2024, MethodStage.Policy)]
public sealed class SnapKv : ScoredPolicy
{
    private const float WindowScore = 2; // above every mean of probabilities
    private readonly ObservationRequest _request;
    private readonly int _window;
    private readonly int _kernel;

    /// <summary>Creates the policy.</summary>
    /// <param name="budget">Slots that a KV head may keep: a share of the prompt up to 1, or a number above the window. Default 0.2.</param>
    /// <param name="window">How many of the last tokens vote and stay, at least 1; where the prompt's last pass has fewer rows, those. Default 32.</param>
    /// <param name="kernel">Width in tokens of the average that smooths the votes, odd; 1 for none. Default 5.</param>
    /// <exception cref="ArgumentException">A value is out of range, or the budget leaves no room beside the window.</exception>
    public SnapKv(double budget = 0.2, int window = 32, int kernel = 5) : base(budget, EvictionTime.AfterPrompt)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(kernel, 1);
        if (kernel % 2 == 0) throw new ArgumentOutOfRangeException(nameof(kernel), kernel, "An average has a token in its middle, so its width is odd.");
        if (!Budget.IsShare && budget <= window) throw new ArgumentException($"A budget of {budget} slots leaves no room beside a window of {window} tokens.", nameof(budget));
        (_window, _kernel) = (window, kernel);
        _request = new ObservationRequest { WindowRows = window };
    }

    /// <inheritdoc/>
    protected override ObservationRequest Needs(in AttentionStep step) => _request;

    /// <inheritdoc/>
    public override void Score(in AttentionStep step, AttentionObservations? observations, int kvHead, Span<float> scores)
    {
        ArgumentNullException.ThrowIfNull(observations);
        var rows = Math.Min(_window, observations.Rows);
        var past = scores.Length - Math.Min(rows, scores.Length);
        observations.Group(kvHead, observations.WindowColumnSums, scores, GroupReduction.Mean);
        var votes = scores[..past].ToArray();
        for (var slot = 0; slot < past; slot++)
        {
            var sum = 0f;
            for (var near = Math.Max(0, slot - _kernel / 2); near <= Math.Min(past - 1, slot + _kernel / 2); near++) sum += votes[near];
            scores[slot] = sum / (_kernel * rows); // beyond the ends count as zeros
        }

        for (var slot = past; slot < scores.Length; slot++) scores[slot] = WindowScore + slot - past; // a smaller share cuts the window's older end
    }
}
