namespace Tessera.Fuzz;

/// <summary>How far into an input its reader came. The later half shows that the inputs are not just turned away at the door.</summary>
internal enum FuzzStage
{
    /// <summary>Refused by the fixed part at the front: magic, version, lengths.</summary>
    Header,

    /// <summary>Refused in what describes the whole.</summary>
    Metadata,

    /// <summary>Refused in what describes the parts.</summary>
    Table,

    /// <summary>Refused because the description does not fit the data.</summary>
    Data,

    /// <summary>Accepted, and everything in it was used.</summary>
    Loaded,
}
