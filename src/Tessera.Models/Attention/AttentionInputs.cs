namespace Tessera.Models.Attention;

/// <summary>The arrays of one attention call; all row-major F32, owned by the caller.</summary>
public unsafe struct AttentionInputs
{
    /// <summary>Query heads; a multiple of the states' KV heads. Query head h uses KV head h / (Heads / KV heads).</summary>
    public int Heads;

    /// <summary>Rows of the queries and of the output.</summary>
    public int Rows;

    /// <summary>[rows, heads · head size].</summary>
    public float* Queries;

    /// <summary>[rows, KV heads · head size]; null where every span only reads.</summary>
    public float* Keys;

    /// <summary>[rows, KV heads · value size]; null where every span only reads.</summary>
    public float* Values;

    /// <summary>Takes [rows, heads · value size].</summary>
    public float* Output;

    /// <summary>The rotary position of each row.</summary>
    public int* Positions;

    /// <summary>The token index of each row, or null for each sequence's next ones.</summary>
    public int* Tokens;

    /// <summary>Takes ln Σ e^score of each row and query head, [rows, heads]; null where it is not wanted.</summary>
    public float* LogSumExp;
}
