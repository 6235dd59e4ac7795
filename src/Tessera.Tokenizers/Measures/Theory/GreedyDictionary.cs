namespace Tessera.Tokenizers.Measures.Theory;

/// <summary>
/// A dictionary of strings that text is cut by greedily: always the longest entry that fits. LZW's dictionaries are made of text as it is
/// read. Immutable.
/// </summary>
public sealed class GreedyDictionary
{
    private readonly List<string> _entries;
    private readonly Dictionary<(int Node, char Next), int> _children = [];
    private readonly List<int> _values = [-1]; // the entry that ends at a node, or −1
    private readonly List<bool> _branches = [false]; // whether a node goes on

    /// <summary>Creates a dictionary.</summary>
    /// <param name="entries">Its entries in order; those that stand there twice count once.</param>
    /// <exception cref="ArgumentException">There are none, or one is empty.</exception>
    public GreedyDictionary(IEnumerable<string> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        _entries = [.. entries.Distinct(StringComparer.Ordinal)];
        if (_entries.Count == 0 || _entries.Any(static e => e.Length == 0)) throw new ArgumentException("A dictionary needs entries, and none may be empty.", nameof(entries));
        for (var i = 0; i < _entries.Count; i++) Add(_entries[i], i);
    }

    /// <summary>The entries.</summary>
    public IReadOnlyList<string> Entries => _entries;

    /// <summary>
    /// LZW (Welch, 1984): the characters of a text first, in order; then, reading it once, each time the longest known string with the
    /// character behind it, until there are enough.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="size">How many entries, at least the text's different characters.</param>
    /// <exception cref="ArgumentException">The text is empty or has more different characters.</exception>
    public static GreedyDictionary Lzw(string text, int size)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        var dictionary = new GreedyDictionary(text.Distinct().Order().Select(static c => c.ToString()));
        if (dictionary._entries.Count > size) throw new ArgumentException($"A dictionary of {size} does not hold the {dictionary._entries.Count} characters of the text.", nameof(size));
        for (var start = 0; start < text.Length && dictionary._entries.Count < size;)
        {
            var length = dictionary.Longest(text, start, out _);
            if (start + length >= text.Length) break;
            var entry = text.Substring(start, length + 1);
            dictionary._entries.Add(entry);
            dictionary.Add(entry, dictionary._entries.Count - 1);
            start += length;
        }

        return dictionary;
    }

    /// <summary>Cuts a text.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The places of its tokens in <see cref="Entries"/>; −1 for a character that no entry begins with.</returns>
    public IReadOnlyList<int> Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var tokens = new List<int>();
        for (var start = 0; start < text.Length;)
        {
            start += Math.Max(1, Longest(text, start, out var entry));
            tokens.Add(entry);
        }

        return tokens;
    }

    /// <summary>Counts the tokens of a text.</summary>
    /// <param name="text">The text.</param>
    /// <returns>How often each entry occurs, and how many characters no entry begins with.</returns>
    public (IReadOnlyList<long> Counts, long Unknown) Count(string text)
    {
        var (counts, unknown) = (new long[_entries.Count], 0L);
        foreach (var token in Encode(text))
        {
            if (token < 0) unknown++;
            else counts[token]++;
        }

        return (counts, unknown);
    }

    /// <summary>Follows a character from a node of the dictionary's tree.</summary>
    /// <returns>The next node, or −1.</returns>
    internal int Child(int node, char next) => _children.TryGetValue((node, next), out var child) ? child : -1;

    /// <summary>Whether entries go on behind a node.</summary>
    internal bool Branches(int node) => _branches[node];

    /// <summary>The length of the longest entry at a place, and which; 0 where none fits.</summary>
    internal int Longest(string text, int start, out int entry)
    {
        var (node, best) = (0, 0);
        entry = -1;
        for (var i = start; i < text.Length; i++)
        {
            node = Child(node, text[i]);
            if (node < 0) break;
            if (_values[node] < 0) continue;
            (entry, best) = (_values[node], i + 1 - start);
        }

        return best;
    }

    private void Add(string entry, int value)
    {
        var node = 0;
        foreach (var c in entry)
        {
            if (!_children.TryGetValue((node, c), out var child))
            {
                _children[(node, c)] = child = _values.Count;
                _values.Add(-1);
                _branches.Add(false);
                _branches[node] = true;
            }

            node = child;
        }

        _values[node] = value;
    }
}
