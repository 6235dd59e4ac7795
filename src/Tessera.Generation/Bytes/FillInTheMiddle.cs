using Tessera.Tokenizers;

namespace Tessera.Generation;

/// <summary>
/// The tokens by which code models are asked for a text between two others. The suffix is put first and the prefix last, so that what is generated goes
/// on from the prefix's bytes and a prefix that ends inside a token can be repaired ("Efficient Training of Language Models to Fill in the
/// Middle", arXiv 2207.14255, mode SPM).
/// </summary>
/// <param name="Prefix">The token in front of everything.</param>
/// <param name="Suffix">The token in front of the suffix.</param>
/// <param name="Middle">The token in front of the prefix, with which the middle goes on.</param>
public sealed record FillInTheMiddle(int Prefix, int Suffix, int Middle)
{
    // As the models' own tokenizers spell them: Qwen, StarCoder and Granite, SantaCoder, Code Llama.
    private static readonly (string Prefix, string Suffix, string Middle)[] s_spellings =
    [
        ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"), ("<fim_prefix>", "<fim_suffix>", "<fim_middle>"), ("<fim-prefix>", "<fim-suffix>", "<fim-middle>"),
        ("\u2581<PRE>", "\u2581<SUF>", "\u2581<MID>"),
    ];

    /// <summary>The tokens of a vocabulary.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <returns>Null where it has none: its model was not taught to fill in.</returns>
    public static FillInTheMiddle? Find(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        foreach (var (prefix, suffix, middle) in s_spellings)
        {
            if (tokenizer.TokenToId(prefix) is { } p && tokenizer.TokenToId(suffix) is { } s && tokenizer.TokenToId(middle) is { } m) return new FillInTheMiddle(p, s, m);
        }

        return null;
    }

    /// <summary>What stands in front of the prefix.</summary>
    /// <param name="front">Tokens in front of everything, such as begin-of-text.</param>
    /// <param name="suffix">The suffix's tokens.</param>
    public int[] Context(IReadOnlyList<int> front, IReadOnlyList<int> suffix)
    {
        ArgumentNullException.ThrowIfNull(front);
        ArgumentNullException.ThrowIfNull(suffix);
        return [.. front, Prefix, Suffix, .. suffix, Middle];
    }
}
