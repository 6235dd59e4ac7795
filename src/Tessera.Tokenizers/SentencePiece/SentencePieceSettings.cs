using Tessera.Tokenizers.Text.Normalizers;

namespace Tessera.Tokenizers.SentencePiece;

/// <summary>What a model file says beside its pieces; the defaults are the format's.</summary>
internal sealed record SentencePieceSettings
{
    public SentencePieceAlgorithm Algorithm { get; init; } = SentencePieceAlgorithm.Unigram;

    /// <summary>Whether blanks are marked behind words rather than before them.</summary>
    public bool BlankAsSuffix { get; init; }

    /// <summary>Whether unknown text becomes its bytes' pieces.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>What the unknown piece is decoded to.</summary>
    public string UnknownSurface { get; init; } = " \u2047 ";

    public string BeginPiece { get; init; } = "<s>";

    public string EndPiece { get; init; } = "</s>";

    /// <summary>What characters are replaced by; null for nothing.</summary>
    public CharacterMap? Normalizer { get; init; }

    /// <summary>The same for decoded text.</summary>
    public CharacterMap? Denormalizer { get; init; }

    /// <summary>Whether a blank is put before the text (behind it with <see cref="BlankAsSuffix"/>).</summary>
    public bool DummyPrefix { get; init; } = true;

    /// <summary>Whether blanks at the ends and repeated ones go.</summary>
    public bool RemoveExtraBlanks { get; init; } = true;

    /// <summary>Whether blanks are written as ▁.</summary>
    public bool EscapeBlanks { get; init; } = true;
}
