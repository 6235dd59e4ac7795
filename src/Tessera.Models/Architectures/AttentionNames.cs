namespace Tessera.Models.Architectures;

/// <summary>The canonical names of one attention's weights, behind those of its layer.</summary>
/// <param name="Query">Queries.</param>
/// <param name="Key">Keys.</param>
/// <param name="Value">Values.</param>
/// <param name="Output">The output.</param>
/// <param name="QueryNorm">Norm of queries, where the architecture has one.</param>
/// <param name="KeyNorm">Norm of keys, where the architecture has one.</param>
public sealed record AttentionNames(
    string Query, string Key, string Value, string Output, string QueryNorm = "self_attn.q_norm", string KeyNorm = "self_attn.k_norm")
{
    /// <summary>The names of Llama and its kin.</summary>
    public static AttentionNames Llama { get; } = new("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj");

    /// <summary>q, k, v and o behind a prefix (T5).</summary>
    public static AttentionNames Under(string prefix) => new(prefix + "q", prefix + "k", prefix + "v", prefix + "o");
}
