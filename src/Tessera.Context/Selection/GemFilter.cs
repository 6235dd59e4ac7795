using Tessera.Context.Policies;
using Tessera.Models;
using Tessera.Models.Attention;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Context.Selection;

/// <summary>
/// Shortens a prompt by the model's own early layers: runs it up to one layer, keeps the tokens whose keys there have the largest products with the last token's
/// query, and leaves them as a new prompt, read at positions from 0.
/// </summary>
/// <remarks>Scores are sums over query heads of the plain products, without scale and softmax, averaged along the text with zeros beyond the ends, as in the authors' code.</remarks>
[Method("gemfilter", "Discovering the Gems in Early Layers: Accelerating Long-Context LLMs with 1000x Input Token Reduction", "2409.17422", 2024, MethodStage.Prompt)]
public sealed class GemFilter
{
    /// <summary>Creates the filter.</summary>
    /// <param name="layer">The layer whose queries and keys decide, from 0. Default 13, the paper's for Llama 3.1 of 8 billion parameters.</param>
    /// <param name="keep">Tokens that stay, at least 1. Default 1024.</param>
    /// <param name="kernel">Odd width of the average along the text; 1 for none. Default 5.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public GemFilter(int layer = 13, int keep = 1024, int kernel = 5)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(layer);
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(kernel, 1);
        if (kernel % 2 == 0) throw new ArgumentOutOfRangeException(nameof(kernel), kernel, "An average has a token in its middle, so its width is odd.");
        (Layer, Keep, Kernel) = (layer, keep, kernel);
    }

    /// <summary>The layer whose queries and keys decide.</summary>
    public int Layer { get; }

    /// <summary>Tokens that stay.</summary>
    public int Keep { get; }

    /// <summary>Width of the average along the text.</summary>
    public int Kernel { get; }

    /// <summary>Chooses the tokens of a prompt.</summary>
    /// <param name="model">The model.</param>
    /// <param name="pass">A pass, free for this run.</param>
    /// <param name="prompt">The prompt's tokens, at least one.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    /// <returns>The pooled score of every token, and the places of those that stay, ascending.</returns>
    /// <exception cref="ArgumentException">The model has no such layer, or the prompt is empty.</exception>
    public (float[] Scores, int[] Kept) Choose(LanguageModel model, Pass pass, ReadOnlySpan<int> prompt, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(pass);
        if (Layer >= model.Stack.Blocks.Count) throw new ArgumentException($"The model has {model.Stack.Blocks.Count} layers; layer {Layer} was to decide.", nameof(model));
        var scorer = new LayerScorer(this);
        using var sequence = model.NewSequence(SequenceOptions.Exact with { Policy = () => scorer });
        var rows = new RowBatch();
        rows.Add(sequence, prompt);
        pass.Begin(rows, cancellation);
        model.Stack.RunLayers(pass, model.Stack.Embed(pass), 0, Layer + 1);
        var scores = scorer.Scores ?? throw new ArgumentException($"Layer {Layer} has no attention.", nameof(model));
        return (scores, SlotRanking.Best(scores, Math.Min(Keep, scores.Length)));
    }

    /// <summary>Scores the slots of a state.</summary>
    /// <param name="state">Holds the keys.</param>
    /// <param name="query">The last token's query, [query heads · head size].</param>
    /// <returns>One pooled score a slot.</returns>
    public float[] Score(KeyValueState state, ReadOnlySpan<float> query)
    {
        ArgumentNullException.ThrowIfNull(state);
        var (slots, groups) = (state.SlotCount(0), query.Length / state.HeadSize / state.Heads);
        var (sums, products) = (new double[slots], new float[groups * slots]);
        for (var head = 0; head < state.Heads; head++)
        {
            AttentionOperation.Dot(state, head, query.Slice(head * groups * state.HeadSize, groups * state.HeadSize), products);
            for (var i = 0; i < products.Length; i++) sums[i % slots] += products[i];
        }

        var pooled = new float[slots];
        for (var slot = 0; slot < slots; slot++)
        {
            var sum = 0.0;
            for (var near = Math.Max(0, slot - Kernel / 2); near <= Math.Min(slots - 1, slot + Kernel / 2); near++) sum += sums[near];
            pooled[slot] = (float)(sum / Kernel);
        }

        return pooled;
    }

    private sealed class LayerScorer(GemFilter filter) : IAttentionPolicy
    {
        public float[]? Scores { get; private set; }

        public ObservationRequest? Observe(in AttentionStep step) => null;

        public RowVisibility? BeforeAttention(in AttentionStep step) => null;

        public KeepPlan? AfterAttention(in AttentionStep step, AttentionObservations? observations)
        {
            if (step.Layer == filter.Layer) Scores = filter.Score(step.State, step.Queries[^(step.Heads * step.State.HeadSize)..]);
            return null;
        }

        public IAttentionPolicy Fork() => this;

        public void Truncate(int length)
        {
        }
    }
}
