using System.Runtime.InteropServices;

namespace Tessera.Generation;

/// <summary>
/// The tokens of a text and where each of them stood before: after a token, what has followed it in the text, where the text before was most
/// like the text here first. The oldest of all drafts (prompt lookup), here as one source of candidates among two. Memory: an integer a token of the
/// vocabulary, two a token of the text.
/// </summary>
internal sealed class TextFollowers
{
    /// <summary>Tokens of context that are compared; a longer agreement says no more.</summary>
    public const int LongestMatch = 8;

    private readonly int[] _last; // by token: one more than where it stood last
    private readonly List<int> _text = [];
    private readonly List<int> _previous = []; // by place: one more than where its token stood before
    private readonly int _occurrences;

    /// <summary>An empty text.</summary>
    /// <param name="vocabularySize">Tokens.</param>
    /// <param name="occurrences">Places of a token that are looked at, the latest first; 0 for none.</param>
    public TextFollowers(int vocabularySize, int occurrences) => (_last, _occurrences) = (new int[vocabularySize], occurrences);

    /// <summary>The text.</summary>
    public ReadOnlySpan<int> Text => CollectionsMarshal.AsSpan(_text);

    /// <summary>Adds a token.</summary>
    public void Append(int token)
    {
        _previous.Add(_last[token]);
        _text.Add(token);
        _last[token] = _text.Count;
    }

    /// <summary>Makes the text another one; what both begin with is not looked at again.</summary>
    public void Replace(ReadOnlySpan<int> text)
    {
        if (!text.StartsWith(Text))
        {
            foreach (var token in _text) _last[token] = 0;
            _text.Clear();
            _previous.Clear();
        }

        foreach (var token in text[_text.Count..]) Append(token);
    }

    /// <summary>What has followed a token in the text, each once: the longest agreement of what stood before first, then the latest.</summary>
    /// <param name="context">The token and what stands before it, the latest first; at most <see cref="LongestMatch"/> are compared.</param>
    /// <param name="followers">Receives them, as many as fit.</param>
    /// <param name="longest">Tokens of the context that agree where the first one stood, the token itself included; 0 where there is none.</param>
    /// <returns>How many there are.</returns>
    public int Rank(ReadOnlySpan<int> context, Span<int> followers, out int longest)
    {
        Span<int> matches = stackalloc int[followers.Length];
        var count = 0;
        var text = Text;
        var place = _last[context[0]] - 1;
        for (var seen = 0; place >= 0 && seen < _occurrences; place = _previous[place] - 1)
        {
            if (place + 1 == text.Length) continue; // nothing follows yet
            seen++;
            var match = 1;
            while (match < context.Length && match <= place && text[place - match] == context[match]) match++;
            Insert(text[place + 1], match, followers, matches, ref count);
        }

        longest = count > 0 ? matches[0] : 0;
        return count;
    }

    private static void Insert(int token, int match, Span<int> followers, Span<int> matches, ref int count)
    {
        var known = followers[..count].IndexOf(token);
        if (known >= 0 && matches[known] >= match) return;
        var at = known >= 0 ? known : count < followers.Length ? count++ : match > matches[^1] ? count - 1 : -1;
        if (at < 0) return;
        for (; at > 0 && matches[at - 1] < match; at--) (followers[at], matches[at]) = (followers[at - 1], matches[at - 1]);
        (followers[at], matches[at]) = (token, match);
    }
}
