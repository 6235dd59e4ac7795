using Tessera.Models.Hooks;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Modules;

/// <summary>
/// Attention and feed-forward, each with a residual connection (Vaswani et al., 2017). Where norms stand is data: a norm that an
/// architecture does not have is null. Covers Llama, Mistral, Qwen, Gemma, SmolLM, OLMo 2, BERT and T5.
/// </summary>
public sealed class TransformerBlock : Block
{
    /// <summary>The attention.</summary>
    public required AttentionWeights Attention { get; init; }

    /// <summary>Attention to an encoder's output, behind the attention (T5's decoder), or null.</summary>
    public CrossAttentionWeights? CrossAttention { get; init; }

    /// <summary>The feed-forward.</summary>
    public required FeedForwardWeights FeedForward { get; init; }

    /// <summary>Norm before the attention, or null.</summary>
    public NormWeights? AttentionNorm { get; init; }

    /// <summary>Norm on the attention's output, or null.</summary>
    public NormWeights? AttentionOutputNorm { get; init; }

    /// <summary>Norm behind the attention's residual addition, or null.</summary>
    public NormWeights? AttentionResidualNorm { get; init; }

    /// <summary>Norm before the feed-forward, or null.</summary>
    public NormWeights? FeedForwardNorm { get; init; }

    /// <summary>Norm on the feed-forward's output, or null.</summary>
    public NormWeights? FeedForwardOutputNorm { get; init; }

    /// <summary>Norm behind the feed-forward's residual addition, or null.</summary>
    public NormWeights? FeedForwardResidualNorm { get; init; }

    /// <summary>What a sublayer's output is multiplied by before it is added.</summary>
    public float ResidualScale { get; init; } = 1;

    /// <inheritdoc/>
    public override Value Run(Pass pass, Value x, int layer)
    {
        x = pass.Hook(HookPoint.ResidPre, layer, x);
        var h = pass.Hook(HookPoint.AttnNorm, layer, NormOrSame(pass, x, AttentionNorm));
        var a = NormOrSame(pass, pass.Attention(h, Attention, layer), AttentionOutputNorm);
        x = pass.Add(x, pass.Hook(HookPoint.AttnOut, layer, a), ResidualScale);
        x = pass.Hook(HookPoint.ResidMid, layer, NormOrSame(pass, x, AttentionResidualNorm));
        if (CrossAttention is { } cross) x = pass.Add(x, pass.CrossAttention(pass.Norm(x, cross.Norm), cross.Attention, layer), ResidualScale);
        h = pass.Hook(HookPoint.MlpNorm, layer, NormOrSame(pass, x, FeedForwardNorm));
        var m = NormOrSame(pass, pass.FeedForward(h, FeedForward, layer), FeedForwardOutputNorm);
        x = pass.Add(x, pass.Hook(HookPoint.MlpOut, layer, m), ResidualScale);
        return pass.Hook(HookPoint.ResidPost, layer, NormOrSame(pass, x, FeedForwardResidualNorm));
    }

    /// <inheritdoc/>
    public override bool Has(HookPoint point) => point switch
    {
        HookPoint.Embed or HookPoint.FinalNorm => false, // the stack's
        HookPoint.MlpGate => FeedForward.Gate is not null,
        HookPoint.CrossHeadOut => CrossAttention is not null,
        _ => true,
    };

    /// <inheritdoc/>
    public override IEnumerable<LinearMap> Maps
    {
        get
        {
            LinearMap[] maps = [Attention.Query, Attention.Key, Attention.Value, Attention.Out, FeedForward.Up, FeedForward.Down];
            if (FeedForward.Gate is { } gate) maps = [.. maps, gate];
            // Keys and values of cross attention run over the encoder's rows, in a pass that knows no decoder sequence.
            return CrossAttention is { Attention: var cross } ? [.. maps, cross.Query, cross.Out] : maps;
        }
    }

    /// <inheritdoc/>
    public override LayerState CreateState(SequenceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var rotation = options.RawKeys ? Attention.Rotary : null;
        return new KeyValueState(Attention.KvHeads, Attention.HeadSize, options: options.KeyValues, pool: options.Pages)
        {
            Rotation = rotation, Renumbers = options.Renumbers && rotation is not null,
        };
    }

    private static Value NormOrSame(Pass pass, Value x, NormWeights? norm) => norm is null ? x : pass.Norm(x, norm);
}
