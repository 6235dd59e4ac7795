using System.Text;
using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.SentencePiece;

namespace Tessera.Tokenizers;

/// <content>The way from SentencePiece's model files.</content>
public sealed partial class Tokenizer
{
    /// <summary>
    /// Loads a SentencePiece model: the ids, and the text again from them, are those of Google's library. Nothing is put around a text, since such
    /// a file does not say what its model expects there. Control pieces and the unknown one are recognised in text unless
    /// <see cref="EncodeOptions.ParseSpecial"/> is off; the library itself never does that.
    /// </summary>
    /// <param name="path">The file, <c>tokenizer.model</c> or <c>spiece.model</c>.</param>
    /// <param name="limits">Bounds on what it may ask for; null for the defaults.</param>
    /// <exception cref="MalformedInputException">The file breaks the rules of its format.</exception>
    /// <exception cref="ResourceLimitException">It is larger than the limits allow.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Tokenizer LoadSentencePiece(string path, InputLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        return FromSentencePiece(ReadAll(path, limits ?? InputLimits.Default), path, limits);
    }

    /// <summary>Reads a SentencePiece model's bytes.</summary>
    /// <inheritdoc cref="LoadSentencePiece"/>
    /// <param name="bytes">The file's contents.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="limits">Bounds on what it may ask for; null for the defaults.</param>
    public static Tokenizer FromSentencePiece(ReadOnlySpan<byte> bytes, string name = "SentencePiece model", InputLimits? limits = null)
    {
        limits ??= InputLimits.Default;
        var (pieces, settings) = SentencePieceFile.Read(bytes, name, limits);
        var why = WhyNotPlain(pieces, settings);
        return why is null ? OfPlainBpe(pieces, settings, name, limits) : OfPieces(pieces, settings, why);
    }

    /// <summary>
    /// Why a model is no plain BPE (Llama 2's kind), which steps of tokenizer.json express exactly; null where it is one. Hugging Face's own
    /// conversions of the others differ in places from the library.
    /// </summary>
    private static string? WhyNotPlain(PieceTable pieces, SentencePieceSettings settings)
    {
        if (settings.Algorithm != SentencePieceAlgorithm.Bpe) return $"a SentencePiece model of the kind {settings.Algorithm}, whose sums of scores are in single precision,";
        if (settings.Normalizer is not null || settings.Denormalizer is not null) return "a SentencePiece model with a map of characters";
        if (settings.RemoveExtraBlanks) return "a SentencePiece model that takes extra blanks away";
        if (!settings.EscapeBlanks || settings.BlankAsSuffix) return "a SentencePiece model that does not mark blanks before words";
        var scores = new HashSet<float>();
        for (var id = 0; id < pieces.Count; id++)
        {
            var type = pieces.TypeOf(id);
            if (type is PieceType.UserDefined or PieceType.Unused) return $"a SentencePiece model with {(type == PieceType.Unused ? "unused" : "user-defined")} pieces";
            if (type != PieceType.Normal && Tessera.Tokenizers.Text.Utf8Text.Count(pieces[id]) == 1) return "a SentencePiece model with a control piece of one character";
            if (type == PieceType.Normal && Tessera.Tokenizers.Text.Utf8Text.Count(pieces[id]) > 1 && !scores.Add(pieces.ScoreOf(id))) return "a SentencePiece model with pieces of equal score";
        }

        return settings.ByteFallback ? null : "a SentencePiece model without pieces for bytes";
    }

    private static Tokenizer OfPlainBpe(PieceTable pieces, SentencePieceSettings settings, string name, InputLimits limits)
    {
        var ids = Enumerable.Range(0, pieces.Count).ToList();
        return FromGguf(
            new GgufVocabulary
            {
                Model = "llama",
                Tokens = ids.ConvertAll(id => Encoding.UTF8.GetString(pieces[id])),
                Scores = ids.ConvertAll(pieces.ScoreOf),
                TokenTypes = ids.ConvertAll(id => (int)pieces.TypeOf(id)),
                BosTokenId = ControlOf(pieces, settings.BeginPiece),
                EosTokenId = ControlOf(pieces, settings.EndPiece),
                UnknownTokenId = pieces.Unknown,
                AddBosToken = false,
                AddEosToken = false,
                AddSpacePrefix = settings.DummyPrefix,
            },
            name,
            limits);
    }

    private static Tokenizer OfPieces(PieceTable pieces, SentencePieceSettings settings, string whyNotJson)
    {
        var vocabulary = Vocabulary.Of([.. Enumerable.Range(0, pieces.Count).Select(id => (pieces[id].ToArray(), id))]);
        var specials = new SpecialTokens { BeginOfSequence = ControlOf(pieces, settings.BeginPiece), EndOfSequence = ControlOf(pieces, settings.EndPiece), Unknown = pieces.Unknown };
        return new Tokenizer(new TokenizerParts
        {
            Normalizer = new SentencePieceStep(new SentencePieceNormalizer(pieces, settings.Normalizer, settings)),
            Model = new SentencePieceModel(vocabulary, pieces, PieceSegmenter.Of(settings.Algorithm, pieces), settings.ByteFallback),
            Decoder = new SentencePieceModel.TextDecoder(new SentencePieceTokenizer(pieces, settings)),
            AddedTokens = [.. Enumerable.Range(0, pieces.Count).Where(id => pieces.TypeOf(id) is PieceType.Control or PieceType.Unknown).Select(id => new AddedToken(id, Encoding.UTF8.GetString(pieces[id])) { Special = true })],
            SpecialTokens = specials with { EndOfGeneration = SpecialTokenNames.EndOfGeneration(specials, name => pieces.IdOf(Encoding.UTF8.GetBytes(name)) is var id && id != pieces.Unknown ? id : null) },
            WhyNotJson = whyNotJson,
        });
    }

    private static int? ControlOf(PieceTable pieces, string piece) =>
        pieces.IdOf(Encoding.UTF8.GetBytes(piece)) is var id && id != pieces.Unknown && pieces.TypeOf(id) == PieceType.Control ? id : null;
}
