namespace Tessera.Tokenizers;

/// <summary>How merges make a token of BPE: its two parts, theirs, down to the characters or bytes that a text starts as.</summary>
/// <param name="Token">The token as its vocabulary writes it.</param>
/// <param name="Id">Its id; −1 for a character that is only ever part of tokens (SentencePiece).</param>
/// <param name="Rank">The rank of the merge that joins the parts, lower ones go first; null where there are no parts.</param>
/// <param name="Left">The first part, or null.</param>
/// <param name="Right">The second part, or null.</param>
public sealed record MergeTree(string Token, int Id, int? Rank = null, MergeTree? Left = null, MergeTree? Right = null);
