namespace Tessera.Models.Hooks;

/// <summary>
/// The places in a forward pass where activations can be read or changed. Names follow the field; in brackets TransformerLens' name.
/// A pass refuses to run with hooks at points that the model does not have.
/// </summary>
public enum HookPoint
{
    /// <summary>The input of the first layer [hook_embed, after positions and norms].</summary>
    Embed,

    /// <summary>The residual stream before a layer [hook_resid_pre].</summary>
    ResidPre,

    /// <summary>The attention's input, after the norm's gain [the output of ln1].</summary>
    AttnNorm,

    /// <summary>Queries before rotation, all heads of a row side by side [attn.hook_q].</summary>
    Q,

    /// <summary>Keys before rotation [attn.hook_k].</summary>
    K,

    /// <summary>Values [attn.hook_v].</summary>
    V,

    /// <summary>Queries after rotation [attn.hook_rot_q].</summary>
    QRot,

    /// <summary>Keys after rotation [attn.hook_rot_k].</summary>
    KRot,

    /// <summary>The weighted values of each head, before the output projection [attn.hook_z].</summary>
    HeadOut,

    /// <summary>The weighted values of each head of the attention to an encoder's output, before the output projection.</summary>
    CrossHeadOut,

    /// <summary>The attention's output [hook_attn_out].</summary>
    AttnOut,

    /// <summary>The residual stream between attention and feed-forward [hook_resid_mid].</summary>
    ResidMid,

    /// <summary>The feed-forward's input, after the norm's gain [the output of ln2].</summary>
    MlpNorm,

    /// <summary>The feed-forward's gate before its activation [mlp.hook_pre].</summary>
    MlpGate,

    /// <summary>The feed-forward's other factor, or its only one where it is not gated [mlp.hook_pre_linear].</summary>
    MlpUp,

    /// <summary>The feed-forward's hidden layer, input of its last matrix [mlp.hook_post].</summary>
    MlpAct,

    /// <summary>The feed-forward's output [hook_mlp_out].</summary>
    MlpOut,

    /// <summary>The residual stream after a layer [hook_resid_post].</summary>
    ResidPost,

    /// <summary>The input of the head, after the final norm [ln_final's output].</summary>
    FinalNorm,
}
