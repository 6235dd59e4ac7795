using Tessera.Tensors.Kernels;

namespace Tessera.Models.Architectures;

/// <summary>
/// A stack as data: everything that tells one architecture from another. A new architecture is a new way to fill this record, not new code.
/// Defaults are Llama's.
/// </summary>
public sealed record StackConfig
{
    /// <summary>The architecture's name, as <c>model_type</c> gives it.</summary>
    public required string ModelType { get; init; }

    /// <summary>Rows of the embedding table.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of the residual stream (hidden size).</summary>
    public required int Width { get; init; }

    /// <summary>Width of the embedding table, where a map leads from there to <see cref="Width"/> (ELECTRA); else the width itself.</summary>
    public int EmbeddingWidth { get => field > 0 ? field : Width; init; }

    /// <summary>Number of layers.</summary>
    public required int Layers { get; init; }

    /// <summary>What the layers are made of.</summary>
    public LayerKind Kind { get; init; } = LayerKind.Transformer;

    /// <summary>What the weights are called.</summary>
    public required TensorNames Names { get; init; }

    /// <summary>Longest sequence that the model was made for, in tokens; <see cref="int.MaxValue"/> where nothing bounds it.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>
    /// The padding token that RoBERTa's positions are counted from: the first token stands at this + 1, padding itself at this. −1, the
    /// default, where positions start at 0.
    /// </summary>
    public int PaddingToken { get; init; } = -1;

    /// <summary>Longest sequence that has positions, in tokens.</summary>
    public int MaxTokens => MaxPositions == int.MaxValue ? MaxPositions : MaxPositions - (PaddingToken + 1);

    /// <summary>Query heads.</summary>
    public int Heads { get; init; }

    /// <summary>Key-value heads; query head h uses KV head h / (Heads / KvHeads).</summary>
    public int KvHeads { get; init; }

    /// <summary>Floats in a head.</summary>
    public int HeadSize { get; init; }

    /// <summary>Width of the feed-forward's hidden layer.</summary>
    public int FeedForwardWidth { get; init; }

    /// <summary>The feed-forward's activation.</summary>
    public ActivationFunction Activation { get; init; } = ActivationFunction.Silu;

    /// <summary>Whether the feed-forward is act(gate)·up (gated) or act(up).</summary>
    public bool Gated { get; init; } = true;

    /// <summary>Which norm.</summary>
    public NormKind Norm { get; init; } = NormKind.Rms;

    /// <summary>Added to the variance.</summary>
    public float NormEpsilon { get; init; } = 1e-5f;

    /// <summary>Added to the stored gain: 1 for Gemma, whose files hold the gain's distance from one.</summary>
    public float NormGainOffset { get; init; }

    /// <summary>Norm of queries and keys.</summary>
    public QueryKeyNorm QueryKeyNorm { get; init; }

    /// <summary>Whether the query, key and value projections have a bias.</summary>
    public bool QkvBias { get; init; }

    /// <summary>Whether the attention's output projection has a bias.</summary>
    public bool OutputBias { get; init; }

    /// <summary>Whether the feed-forward's matrices have a bias.</summary>
    public bool FeedForwardBias { get; init; }

    /// <summary>The rotation of each layer; null entries are layers without rotation (SmolLM 3). Empty where nothing rotates.</summary>
    public IReadOnlyList<RotarySettings?> Rotary { get; init; } = [];

    /// <summary>The window of each layer in tokens, 0 for all; empty where no layer has one.</summary>
    public IReadOnlyList<int> Windows { get; init; } = [];

    /// <summary>What scores are multiplied by; 0 means 1/√HeadSize.</summary>
    public float AttentionScale { get; init; }

    /// <summary>Scores are squashed to ±this by tanh; 0 means not.</summary>
    public float AttentionSoftcap { get; init; }

    /// <summary>Logits are squashed to ±this by tanh; 0 means not.</summary>
    public float LogitSoftcap { get; init; }

    /// <summary>What embeddings are multiplied by.</summary>
    public float EmbeddingScale { get; init; } = 1;

    /// <summary>What a sublayer's output is multiplied by before it is added to the residual stream (Granite).</summary>
    public float ResidualScale { get; init; } = 1;

    /// <summary>What logits are multiplied by (1/logits_scaling for Granite; d_model^-½ for T5's tied head).</summary>
    public float LogitScale { get; init; } = 1;

    /// <summary>Whether the head is the embedding table.</summary>
    public bool TiedHead { get; init; }

    /// <summary>Whether rows see only what came before (decoders) or everything (encoders).</summary>
    public bool Causal { get; init; } = true;

    /// <summary>Rows of the token-type table; 0 where there is none.</summary>
    public int TokenTypes { get; init; }

    /// <summary>Buckets of the learned bias by distance (T5); 0 where there is none.</summary>
    public int RelativeBuckets { get; init; }

    /// <summary>Distance from which the last bucket is used (T5).</summary>
    public int RelativeMaxDistance { get; init; }

    /// <summary>Sizes of a state-space layer; null for transformers.</summary>
    public MambaConfig? Mamba { get; init; }

    /// <summary>
    /// The rule of every layer's self-attention where it is none of those that the other properties describe (softplus attention); null, the
    /// default, for those.
    /// </summary>
    public Attention.AttentionRule? Rule { get; init; }

    /// <summary>What scores are multiplied by, resolved.</summary>
    public float ScoreScale => AttentionScale != 0 ? AttentionScale : 1 / MathF.Sqrt(HeadSize);

    /// <summary>The window of a layer in tokens, 0 for all.</summary>
    public int WindowOf(int layer) => layer < Windows.Count ? Windows[layer] : 0;

    /// <summary>The rotation of a layer, or null.</summary>
    public RotarySettings? RotaryOf(int layer) => layer < Rotary.Count ? Rotary[layer] : null;
}
