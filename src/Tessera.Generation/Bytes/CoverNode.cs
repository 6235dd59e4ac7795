using Tessera.Tokenizers;

namespace Tessera.Generation;

/// <summary>A valid list of tokens that stands for a beginning of the text exactly: an exact cover, and the start of those that reach beyond.</summary>
internal sealed class CoverNode(CoverNode? parent, int place, int token, int end, TokenTail tail)
{
    /// <summary>The list that it has a token more than; null for the first one.</summary>
    public CoverNode? Parent { get; private set; } = parent;

    /// <summary>That token's place in the vocabulary's table; −1 for the first list.</summary>
    public int Place => place;

    /// <summary>That token; −1 for the first list.</summary>
    public int Token => token;

    /// <summary>How many bytes of the text it stands for.</summary>
    public int End => end;

    /// <summary>What decides which tokens may follow.</summary>
    public TokenTail Tail => tail;

    /// <summary>Its number in the tree of the model; −1 before it was run.</summary>
    public int List { get; set; } = -1;

    /// <summary>ln of its probability.</summary>
    public double LogProbability { get; set; }

    /// <summary>Probabilities of the tokens that may follow, in the order of the vocabulary's table; null before it was run and after it is not needed any more.</summary>
    public double[]? Law { get; set; }

    /// <summary>The probability that the text ends behind it.</summary>
    public double EndProbability { get; set; }

    /// <summary>Lists that wait for this one's law.</summary>
    public int Waiting { get; set; }

    /// <summary>Makes it the first list; its tokens, from the former first list on, are given back.</summary>
    public int[] BecomeRoot()
    {
        var path = Path();
        Parent = null;
        return path;
    }

    /// <summary>Its tokens, from the first list on.</summary>
    public int[] Path()
    {
        var path = new Stack<int>();
        for (var node = this; node.Parent is not null; node = node.Parent) path.Push(node.Token);
        return [.. path];
    }
}
