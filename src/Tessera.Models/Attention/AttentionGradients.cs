namespace Tessera.Models.Attention;

/// <summary>The gradients of one attention call, laid out like the arrays they belong to; all but the output's are added to.</summary>
public unsafe struct AttentionGradients
{
    /// <summary>The gradient of the output, [rows, heads · value size]; read.</summary>
    public float* Output;

    /// <summary>Added to: [rows, heads · head size]; null if not wanted.</summary>
    public float* Queries;

    /// <summary>Added to: [key rows, KV heads · head size]; null if not wanted.</summary>
    public float* Keys;

    /// <summary>Added to: [key rows, KV heads · value size]; null if not wanted.</summary>
    public float* Values;

    /// <summary>Added to: <see cref="AttentionRule.ParameterCount"/> floats; null if not wanted.</summary>
    public float* Rule;
}
