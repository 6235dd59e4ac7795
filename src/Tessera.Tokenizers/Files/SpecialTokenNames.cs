namespace Tessera.Tokenizers.Files;

/// <summary>Tokens that end a generation whatever a file says of them, known by name.</summary>
internal static class SpecialTokenNames
{
    // llama.cpp, src/llama-vocab.cpp, the list of end-of-generation tokens.
    private static readonly string[] s_endOfGeneration =
    [
        "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<end_of_turn>", "<|endoftext|>", "</s>", "<|end_of_text|>", "<｜end▁of▁sentence｜>", "<|eom_id|>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]",
    ];

    /// <summary>The ids that end a generation.</summary>
    public static IReadOnlyList<int> EndOfGeneration(SpecialTokens specials, Func<string, int?> find)
    {
        var ids = new SortedSet<int>();
        if (specials.EndOfSequence is { } eos) ids.Add(eos);
        if (specials.EndOfTurn is { } eot) ids.Add(eot);
        foreach (var name in s_endOfGeneration)
        {
            if (find(name) is { } id) ids.Add(id);
        }

        return [.. ids];
    }
}
