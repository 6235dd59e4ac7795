namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>A part of a parsed regular expression.</summary>
internal abstract record RegexNode
{
    /// <summary>Matches the empty text.</summary>
    public sealed record Empty : RegexNode;

    /// <summary>One scalar of a set.</summary>
    public sealed record Set(CharacterSet Characters) : RegexNode;

    /// <summary>One part after the other.</summary>
    public sealed record Concatenation(IReadOnlyList<RegexNode> Parts) : RegexNode;

    /// <summary>The first part that leads to a match.</summary>
    public sealed record Alternation(IReadOnlyList<RegexNode> Parts) : RegexNode;

    /// <summary>A part repeated; <see cref="int.MaxValue"/> times without bound.</summary>
    public sealed record Repeat(RegexNode Part, int Least, int Most, bool Lazy) : RegexNode;

    /// <summary>A part whose first match stands (atomic group, possessive quantifier).</summary>
    public sealed record Atomic(RegexNode Part) : RegexNode;

    /// <summary>A condition on what follows or precedes.</summary>
    public sealed record Look(RegexNode Part, bool Behind, bool Negative) : RegexNode;

    /// <summary>A condition on the position.</summary>
    public sealed record Assertion(RegexAssertion Kind) : RegexNode;
}
