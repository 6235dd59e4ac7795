namespace Tessera.Tokenizers.Templates.Syntax;

/// <summary>
/// Numbers the names of a template and tells which of them a stretch of it mentions: a loop keeps its <c>loop</c>, a macro its
/// <c>caller</c>, only if the body asks for it.
/// </summary>
internal sealed class NameTable
{
    private readonly Dictionary<string, int> _numbers = [];
    private readonly List<string> _names = [];
    private readonly Stack<HashSet<string>> _mentions = new();

    public int Add(string name)
    {
        if (!_numbers.TryGetValue(name, out var number))
        {
            number = _names.Count;
            _numbers.Add(name, number);
            _names.Add(name);
        }

        return number;
    }

    /// <summary>Numbers a name and records that it is read here.</summary>
    public int Mention(string name)
    {
        // Only these four are ever asked for.
        if (name is "loop" or "caller" or "varargs" or "kwargs" && _mentions.TryPeek(out var mentioned))
            mentioned.Add(name);
        return Add(name);
    }

    public void BeginBody() => _mentions.Push([]);

    /// <summary>Ends a body; what it mentioned counts as mentioned around it, too.</summary>
    public HashSet<string> EndBody()
    {
        var mentioned = _mentions.Pop();
        if (_mentions.TryPeek(out var outer))
            outer.UnionWith(mentioned);
        return mentioned;
    }

    public string[] ToArray() => [.. _names];
}
