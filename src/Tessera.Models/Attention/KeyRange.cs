namespace Tessera.Models.Attention;

/// <summary>
/// The keys that one row sees: slots [Low, High), of which those from Exceptions on are looked up in a mask (<see cref="AttentionView"/>).
/// </summary>
internal struct KeyRange
{
    internal int Low;
    internal int High;
    internal int Exceptions;
    internal int Visible;

    internal readonly bool IsContiguous => Exceptions >= High;
}
