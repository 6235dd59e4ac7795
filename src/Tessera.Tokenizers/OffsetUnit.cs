namespace Tessera.Tokenizers;

/// <summary>What the offsets of tokens count.</summary>
public enum OffsetUnit
{
    /// <summary>UTF-16 code units, as <see cref="string"/> counts. The default.</summary>
    Utf16,

    /// <summary>Unicode scalars (code points), as Python counts.</summary>
    Scalar,

    /// <summary>UTF-8 bytes.</summary>
    Utf8,
}
