namespace Tessera.Models.Architectures;

/// <summary>The places in a transformer layer where a norm can stand.</summary>
public enum NormSite
{
    /// <summary>Before the attention.</summary>
    Attention,

    /// <summary>On the attention's output.</summary>
    AttentionOutput,

    /// <summary>Behind the attention's residual addition.</summary>
    AttentionResidual,

    /// <summary>Before the attention to an encoder's output.</summary>
    CrossAttention,

    /// <summary>Before the feed-forward.</summary>
    FeedForward,

    /// <summary>On the feed-forward's output.</summary>
    FeedForwardOutput,

    /// <summary>Behind the feed-forward's residual addition.</summary>
    FeedForwardResidual,
}
