namespace Tessera.Generation;

/// <summary>How a model is seen as one of bytes.</summary>
public sealed record ByteModelOptions
{
    /// <summary>What becomes of the probability of lists of tokens that no text has. Default <see cref="ByteValidity.Exact"/>.</summary>
    public ByteValidity Validity { get; init; } = ByteValidity.Exact;

    /// <summary>The tokens in front of a text that is given none, as a rule the begin-of-text token. Default none; a model's own view needs one then.</summary>
    public IReadOnlyList<int> Context { get; init => field = value ?? throw new ArgumentNullException(nameof(Context)); } = [];
}
