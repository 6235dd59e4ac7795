using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.Normalizers;
using Tessera.Tokenizers.Text.Patterns;
using Tessera.Tokenizers.Text.PreTokenizers;

namespace Tessera.Tokenizers.Bpe;

/// <summary>Recognises the combinations of parts that a fused pipeline does at once.</summary>
internal static class FusedPipelines
{
    /// <summary>The pipeline, or null where the parts have to work one after the other.</summary>
    public static FusedPipeline? Find(TokenizerParts parts)
    {
        if (parts.Model is not BpeModel { HasPseudoSymbols: false, HasAffixes: false } model || model.Options.Dropout > 0 || !HasOneTokenPerId(model.Raw) || model.Lookup.Table is null) return null;
        return model.Options.OnBytes ? OnBytes(parts.PreTokenizer, model) : OnBlanks(parts, model);
    }

    private static FusedPipeline? OnBytes(PreTokenizer? preTokenizer, BpeModel model)
    {
        if (model.Options.UnknownToken is not null && !HasEveryByte(model.Raw)) return null;
        PreTokenizer[] steps = preTokenizer is SequencePreTokenizer sequence ? [.. sequence.Parts] : preTokenizer is null ? [] : [preTokenizer];
        if (steps is [.., ByteLevelPreTokenizer { IsIdentity: true }]) steps = steps[..^1];
        return steps switch
        {
            [ByteLevelPreTokenizer { OnlyCuts: true }] => Of(model, new Gpt2Scan()),
            [SplitPreTokenizer digits, ByteLevelPreTokenizer { OnlyCuts: true }] when ReferenceEquals(digits, SplitPreTokenizer.IndividualDigits) => Of(model, new DigitsGpt2Scan()),
            [SplitPreTokenizer { Isolated: Gpt2Scanner }] => Of(model, new Gpt2Scan()),
            [SplitPreTokenizer { Isolated: DeepSeekScanner }] => Of(model, new DeepSeekScan()),
            [SplitPreTokenizer { Isolated: Cl100kScanner scanner }] => Of(model, new Cl100kScan(scanner)),
            [SplitPreTokenizer { Isolated: O200kScanner scanner }] => Of(model, new O200kScan(scanner)),
            _ => null,
        };
    }

    private static PiecePipeline<BlankScan>? OnBlanks(TokenizerParts parts, BpeModel model)
    {
        if (model.Options.IgnoreMerges || !FallsBackToBytes(model)) return null;
        if (parts.Normalizer is null && parts.PreTokenizer is MetaspacePreTokenizer metaspace && metaspace.Marker.SequenceEqual("▁"u8))
        {
            return new PiecePipeline<BlankScan>(EncoderOf(model), new BlankScan(new JoinTable(model, metaspace.Splits)))
            {
                ReplacesBlanks = true,
                Prepend = metaspace.Scheme,
                WordsAtBlanks = metaspace.Splits,
            };
        }

        // What is normalised is looked through for added tokens as well, which then have to be found in it.
        if (parts.AddedTokens.Any(static t => t.Normalized)) return null;
        if (parts.PreTokenizer is not null && !(parts.PreTokenizer is SplitPreTokenizer split && split.CutsOnlyAt((byte)' '))) return null;
        Normalizer[] steps = parts.Normalizer is SequenceNormalizer sequence ? [.. sequence.Parts] : parts.Normalizer is null ? [] : [parts.Normalizer];
        var prepends = steps.Length == 2 && steps.Any(static s => s is PrependNormalizer prepend && prepend.Prefix.SequenceEqual("▁"u8));
        if (steps.Length != (prepends ? 2 : 1) || !steps.Any(static s => s is ReplaceNormalizer replace && replace.ContentFor(" "u8).SequenceEqual("▁"u8))) return null;
        return new PiecePipeline<BlankScan>(EncoderOf(model), new BlankScan(new JoinTable(model, cutsAtBlanks: false)))
        {
            ReplacesBlanks = true,
            Prepend = prepends ? PrependScheme.Always : PrependScheme.Never,
            PrependsToBlanks = true,
        };
    }

    private static PiecePipeline<TScan> Of<TScan>(BpeModel model, TScan scan)
        where TScan : struct, IPieceScan => new(EncoderOf(model), scan);

    private static PieceEncoder EncoderOf(BpeModel model) => new(model, model.Lookup.Table!);

    /// <summary>Bounds are told from the lengths of tokens, which an id with two tokens has not.</summary>
    private static bool HasOneTokenPerId(Vocabulary tokens)
    {
        var count = 0;
        for (var id = 0; id < tokens.Size; id++) count += tokens.Contains(id) ? 1 : 0;
        return count == tokens.Count;
    }

    /// <summary>Whether there is a token for every byte of well-formed UTF-8.</summary>
    private static bool HasEveryByte(Vocabulary tokens)
    {
        for (var b = 0; b <= 0xF4; b++)
        {
            if (b is not (0xC0 or 0xC1) && tokens.Find([(byte)b]) < 0) return false;
        }

        return true;
    }

    /// <summary>Whether every character becomes something: its token or its bytes, which then stay as they are.</summary>
    private static bool FallsBackToBytes(BpeModel model)
    {
        if (!model.Options.ByteFallback || model.Raw.Find("▁"u8) < 0) return false;
        var bytes = BpeModel.ByteTokens(model.Raw).ToHashSet();
        return !bytes.Contains(-1) && bytes.Count == 256 && !model.Merges.Any(m => bytes.Contains(m.Left) || bytes.Contains(m.Right) || bytes.Contains(m.Result));
    }
}
