namespace Tessera.Tokenizers.Training;

/// <summary>The settings of Less-is-Better; the defaults are those of the authors' code.</summary>
public sealed record LessIsBetterOptions
{
    /// <summary>The most tokens of a tokenizer, the 256 bytes included; the strongest chunks are taken, all single characters first. Default 30,000.</summary>
    public int VocabularySize { get; init; } = 30_000;

    /// <summary>How many documents are read, each made of sentences drawn at random. Default 1,500.</summary>
    public int Epochs { get; init; } = 1_500;

    /// <summary>How many sentences a document has. Default 200.</summary>
    public int SentencesPerDocument { get; init; } = 200;

    /// <summary>How many documents a chunk outlives on probation. Default 10.</summary>
    public int Life { get; init; } = 10;

    /// <summary>The most characters of a chunk, at least 2. Default 12.</summary>
    public int MaxLength { get; init; } = 12;

    /// <summary>The probability that what was just read is proposed for a memory. Default 0.25.</summary>
    public double Alpha { get; init; } = 0.25;

    /// <summary>The share of the weakest chunks that are put on probation after a document. Default 0.0001.</summary>
    public double Beta { get; init; } = 0.0001;

    /// <summary>The share of its rank that a chunk moves by. Default 0.2.</summary>
    public double Gamma { get; init; } = 0.2;

    /// <summary>The longest run of unknown characters that is proposed. Default 2.</summary>
    public int MiniGap { get; init; } = 2;

    /// <summary>Names the random choices. Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether blanks are taken out of the texts, as in the authors' experiments; otherwise they are characters like others. Default false.</summary>
    public bool RemoveBlanks { get; init; }

    /// <summary>The most bytes of text that are held to draw sentences from. More end training with a <see cref="ResourceLimitException"/>. Default 1 GiB.</summary>
    public int MaxTextBytes { get; init; } = 1_073_741_824;

    internal void Validate()
    {
        if (Epochs < 1 || SentencesPerDocument < 1 || Life < 1 || MiniGap < 0 || MaxTextBytes < 1) throw new ArgumentException("Epochs, sentences, lives and bytes are at least 1, the gap at least 0.");
        if (MaxLength < 2) throw new ArgumentException($"Chunks of up to {MaxLength} characters cannot grow; at least 2.");
        if (!(Alpha is >= 0 and <= 1)) throw new ArgumentException($"{Alpha} is no probability.");
        if (!(Beta is >= 0 and <= 1)) throw new ArgumentException($"{Beta} is no share.");
        if (!(Gamma is >= 0 and < 1)) throw new ArgumentException($"{Gamma} is no share below 1.");
        if (VocabularySize < 257 || VocabularySize > InputLimits.Default.MaxVocabulary) throw new ArgumentException($"A vocabulary of {VocabularySize:N0} does not hold the 256 bytes and a chunk, or is too large.");
    }
}
