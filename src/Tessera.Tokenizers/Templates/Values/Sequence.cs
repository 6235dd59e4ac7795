namespace Tessera.Tokenizers.Templates.Values;

/// <summary>The elements of a list or tuple; never changed after construction, since the sandbox has no mutating methods.</summary>
internal class Sequence(Value[] items)
{
    public Value[] Items { get; } = items;
}

/// <summary>What <c>groupby</c> yields: a pair (grouper, list) whose halves also have these names.</summary>
internal sealed class GroupSequence(Value grouper, Value[] items) : Sequence([grouper, Value.List(items)]);

/// <summary>The result of items(), keys() or values().</summary>
internal sealed class ViewSequence(Value[] items, string typeName) : Sequence(items)
{
    public string TypeName { get; } = typeName;
}

/// <summary>
/// The result of a lazy filter. Its elements are computed at once, and each is handed out once only, as from a Python generator: a second
/// loop over the same variable sees nothing.
/// </summary>
internal sealed class GeneratorState(Value[] items)
{
    private int _next;

    public bool TryNext(out Value item)
    {
        if (_next < items.Length)
        {
            item = items[_next++];
            return true;
        }

        item = default;
        return false;
    }

    public Value[] TakeRest()
    {
        var rest = items[_next..];
        _next = items.Length;
        return rest;
    }
}

/// <summary>An arithmetic progression of at most 100,000 elements.</summary>
internal sealed record ValueRange(long Start, long Stop, long Step, int Count)
{
    public Value this[int index] => Value.Of(Start + index * Step);

    public Value[] ToItems()
    {
        var items = new Value[Count];
        for (var i = 0; i < items.Length; i++)
            items[i] = this[i];
        return items;
    }
}
