using System.Text;
using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.Files;

namespace Tessera.Tokenizers;

/// <content>The way to a GGUF file.</content>
public sealed partial class Tokenizer
{
    /// <summary>The vocabulary as a GGUF file stores it: byte-level BPE with one of the known patterns.</summary>
    /// <exception cref="UnsupportedFeatureException">The tokenizer is of another kind, or GGUF has no name for the way it cuts text.</exception>
    public GgufVocabulary ToGgufVocabulary()
    {
        const string file = "GGUF vocabulary";
        if (_model is not BpeModel { Options.OnBytes: true } bpe || _parts.Json is not { } json)
            throw new UnsupportedFeatureException(file, "a tokenizer other than byte-level BPE");
        var patterns = GgufPatterns.NameOf(json["pre_tokenizer"]) ?? throw new UnsupportedFeatureException(file, "this way of cutting text");
        var (bos, eos) = (_before is [var first] && first == SpecialTokens.BeginOfSequence, _behind is [var last] && last == SpecialTokens.EndOfSequence);
        if (_before is null || _behind is null || _before.Length > (bos ? 1 : 0) || _behind.Length > (eos ? 1 : 0)) throw new UnsupportedFeatureException(file, "this post-processor");
        var (tokens, types) = (new string[VocabularySize], new int[VocabularySize]);
        for (var id = 0; id < VocabularySize; id++)
        {
            // A hole is written as a token that matches nothing.
            tokens[id] = IdToToken(id) ?? $"[UNUSED_{id}]";
            types[id] = Added.ById.TryGetValue(id, out var added) ? added.Special ? 3 : 4 : IdToToken(id) is null ? 5 : 1;
        }

        return new GgufVocabulary
        {
            Model = "gpt2",
            Pre = patterns,
            Tokens = tokens,
            TokenTypes = types,
            Merges = [.. bpe.Merges.OrderBy(static m => m.Rank).Select(m => $"{Encoding.UTF8.GetString(bpe.Vocabulary[m.Left])} {Encoding.UTF8.GetString(bpe.Vocabulary[m.Right])}")],
            BosTokenId = SpecialTokens.BeginOfSequence,
            EosTokenId = SpecialTokens.EndOfSequence,
            EotTokenId = SpecialTokens.EndOfTurn,
            UnknownTokenId = SpecialTokens.Unknown,
            PaddingTokenId = SpecialTokens.Padding,
            AddBosToken = bos,
            AddEosToken = eos,
        };
    }
}
