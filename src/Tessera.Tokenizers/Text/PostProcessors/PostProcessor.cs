namespace Tessera.Tokenizers.Text.PostProcessors;

/// <summary>Puts special tokens around the sequences and trims offsets. Stateless.</summary>
internal abstract class PostProcessor
{
    /// <summary>How many tokens are put in.</summary>
    public abstract int AddedCount(bool pair);

    /// <summary>Takes the parts (at first one per sequence) one step further; the caller merges what comes out.</summary>
    /// <param name="parts">The parts.</param>
    /// <param name="addSpecialTokens">Whether special tokens are put in.</param>
    /// <param name="names">The vocabulary's tokens.</param>
    public abstract List<EncodingDraft> Process(List<EncodingDraft> parts, bool addSpecialTokens, TokenNames names);

    /// <summary>The ids put before and behind a single sequence, where that is all that happens to ids.</summary>
    public abstract bool TryGetFrame(out int[] before, out int[] behind);
}
