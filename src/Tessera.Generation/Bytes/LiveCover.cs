namespace Tessera.Generation;

/// <summary>An exact list and the tokens behind it that agree with the rest of the text and reach beyond it: a range of the vocabulary's table.</summary>
internal readonly record struct LiveCover(CoverNode Node, int From, int To);
