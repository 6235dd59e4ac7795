using Tessera.Models;

namespace Tessera.Generation;

/// <summary>One generated token and everything that was known when it was chosen.</summary>
public sealed record TokenStep
{
    /// <summary>The token.</summary>
    public required int Id { get; init; }

    /// <summary>Its position in the sequence, from 0, prompt included.</summary>
    public required int Position { get; init; }

    /// <summary>The bytes that it stands for; empty where the session was given no <see cref="ITokenText"/>. They need not be whole characters.</summary>
    public required ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>
    /// The text that became certain with this token: whole characters only, and nothing that may turn out to begin a stop string. The
    /// texts of all steps joined are the answer; a stop string and what follows it are no part of it.
    /// </summary>
    public required string Text { get; init; }

    /// <summary>Its statistics under the model's own distribution: the softmax of its logits.</summary>
    public required TokenStatistics Raw { get; init; }

    /// <summary>Its statistics under the distribution that it was drawn from, after all logits stages.</summary>
    public required TokenStatistics Processed { get; init; }

    /// <summary>The most probable tokens under the model's own distribution, best first; as many as <see cref="GenerationOptions.TopAlternatives"/> asks for.</summary>
    public IReadOnlyList<TokenAlternative> RawAlternatives { get; init; } = [];

    /// <summary>The most probable tokens under the distribution that it was drawn from; fewer where the stages left fewer.</summary>
    public IReadOnlyList<TokenAlternative> ProcessedAlternatives { get; init; } = [];

    /// <summary>How it came about.</summary>
    public TokenOrigin Origin { get; init; }

    /// <summary>Why this step is the last one; null if it is not.</summary>
    public StopReason? Stop { get; init; }
}
