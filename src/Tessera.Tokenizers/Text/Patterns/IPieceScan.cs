namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>
/// A splitting pattern as a struct, so that a loop over pieces is compiled with the scan inside. What is not plain ASCII is left to the
/// decision procedure of the same pattern, whose pieces these are.
/// </summary>
internal interface IPieceScan
{
    /// <summary>The end of the piece that starts at a position.</summary>
    /// <param name="text">The first byte of well-formed UTF-8.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="start">Where the piece starts; less than the length.</param>
    int Next(ref byte text, int length, int start);

    /// <summary>Where pieces start behind the first of a window; 0 where its end is not known.</summary>
    ulong Starts(AsciiWindow window);
}
