namespace Tessera.Tokenizers.EqualInfo;

/// <summary>A stretch of text whose arithmetic code fills a window.</summary>
/// <param name="Start">Its first byte's place in the text.</param>
/// <param name="Length">Its bytes, 1 to <see cref="EqualInfoWindows.MaxWindowBytes"/>.</param>
/// <param name="Code">The window's bits as a number, the first bit highest, zeros behind the code.</param>
/// <param name="UsedBits">How many of the bits are code.</param>
public readonly record struct EqualInfoWindow(int Start, int Length, UInt128 Code, int UsedBits);
