namespace Tessera.Tokenizers.Text.PreTokenizers;

/// <summary>Which pieces get a marker in front.</summary>
internal enum PrependScheme
{
    /// <summary>Every piece.</summary>
    Always,

    /// <summary>Only the piece at the very start of the text.</summary>
    First,

    /// <summary>None.</summary>
    Never,
}
