namespace Tessera.Tokenizers.Training;

/// <summary>How training text is cut before pairs are counted; the trained tokenizer cuts alike.</summary>
public enum SplitPattern
{
    /// <summary>GPT-2's: words with the blank before them, numbers, symbols, white space.</summary>
    Gpt2,

    /// <summary>Single digits, then GPT-2's (SmolLM, StarCoder).</summary>
    DigitsThenGpt2,

    /// <summary>cl100k's: numbers of up to three digits, line ends with symbols.</summary>
    Cl100k,

    /// <summary>As cl100k with single digits, and NFC before it (Qwen 2).</summary>
    Qwen2,

    /// <summary>o200k's: words are also cut where lower case turns to upper.</summary>
    O200k,
}
