namespace Tessera.Models.Attention;

/// <summary>The forms that a <see cref="RowVisibility"/> can have.</summary>
internal enum VisibilityKind
{
    /// <summary>Everything cached and the rows up to the own one.</summary>
    Causal,

    /// <summary>Everything.</summary>
    Full,

    /// <summary>Everything cached, and rows by a bit matrix.</summary>
    Mask,

    /// <summary>Chosen cached slots, and the rows up to the own one.</summary>
    Slots,
}
