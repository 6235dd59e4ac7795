using Tessera.Learning.Optimisers;
using Tessera.Models.Architectures;
using Tessera.Tensors.Kernels;
using Tessera.Tokenizers.Training;

namespace Tessera.Learning.Training;

/// <summary>
/// The recipe of the model that the command carries: a Llama of 2.8 million weights with a byte-level vocabulary of 2,048, small enough to
/// be embedded and to be trained on two cores in less than 45 minutes.
/// </summary>
public static class DefaultModel
{
    /// <summary>Tokens of the vocabulary, the end token included.</summary>
    public const int VocabularySize = 2_048;

    /// <summary>Tokens of a training window.</summary>
    public const int WindowLength = 256;

    /// <summary>The token between documents, id 0.</summary>
    public const string EndToken = "<|endoftext|>";

    /// <summary>Seeds weights and data order.</summary>
    public const ulong Seed = 20_261_127;

    /// <summary>The share of the text that is held out for evaluation: every so many-th part of it.</summary>
    public const int HeldOutEvery = 40;

    /// <summary>The vocabulary; every text begins with the end token.</summary>
    public static BpeTrainerOptions Vocabulary { get; } = new()
    {
        VocabularySize = VocabularySize, SpecialTokens = [EndToken], BeginOfSequence = EndToken, EndOfSequence = EndToken, AddBeginOfSequence = true,
    };

    /// <summary>The architecture.</summary>
    public static StackConfig Config { get; } = new()
    {
        ModelType = "llama",
        Names = TensorNames.Llama,
        VocabularySize = VocabularySize,
        Width = 192,
        Layers = 6,
        MaxPositions = 1_024,
        Heads = 6,
        KvHeads = 2,
        HeadSize = 32,
        FeedForwardWidth = 512,
        NormEpsilon = 1e-5f,
        TiedHead = true,
        Rotary = [.. Enumerable.Repeat(new RotarySettings { Theta = 10_000, RotatedSize = 32 }, 6)],
    };

    /// <summary>How it is trained for a number of steps.</summary>
    /// <param name="steps">Steps of 16 windows.</param>
    /// <param name="checkpoints">Where checkpoints go, or null.</param>
    public static TrainerOptions Options(int steps, string? checkpoints) => new()
    {
        Schedule = new LearningRateSchedule
        {
            Peak = 2e-3, Minimum = 1e-4, WarmupSteps = Math.Min(100, steps / 10 + 1), TotalSteps = steps, Shape = ScheduleShape.Cosine,
        },
        CheckpointDirectory = checkpoints,
    };
}
