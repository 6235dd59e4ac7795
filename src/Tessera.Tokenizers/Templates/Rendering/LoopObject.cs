using Tessera.Tokenizers.Templates.Nodes;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Rendering;

/// <summary>
/// The variable <c>loop</c>: walks over the items and looks ahead only when last, nextitem or length ask for it, because a loop's condition
/// may depend on what its body does.
/// </summary>
internal sealed class LoopObject(RenderState creator, ForStatement loop, Scope outer, Value[] items, bool hasKnownLength, int depth) : TemplateObject
{
    private readonly Queue<Value> _ahead = new();
    private int _next;
    private int _index0 = -1;
    private int _length = hasKnownLength ? items.Length : -1;
    private Value _before;
    private Value[]? _changed;

    public Value Current { get; private set; }

    public override string TypeName => "LoopContext";

    public override bool IsCallable => true;

    public override bool IsTruthy => Length(creator) > 0;

    public override int Count => Length(creator);

    public bool MoveNext(RenderState state)
    {
        if (!_ahead.TryDequeue(out var item) && !TryFetch(state, out item))
            return false;
        _index0++;
        _before = Current;
        Current = item;
        return true;
    }

    public override bool TryGetAttribute(RenderState state, string name, out Value value)
    {
        value = name switch
        {
            "index" => Value.Of(_index0 + 1),
            "index0" => Value.Of(_index0),
            "first" => Value.Of(_index0 == 0),
            "last" => Value.Of(!TryPeek(state, out _)),
            "length" => Value.Of(Length(state)),
            "revindex" => Value.Of(Length(state) - _index0),
            "revindex0" => Value.Of(Length(state) - _index0 - 1),
            "depth" => Value.Of(depth + 1),
            "depth0" => Value.Of(depth),
            "previtem" => _index0 == 0 ? Value.Undefined(UndefinedOrigin.Because("there is no previous item")) : _before,
            "nextitem" => TryPeek(state, out var next) ? next : Value.Undefined(UndefinedOrigin.Because("there is no next item")),
            "cycle" => Value.Of(new Function("cycle", Cycle)),
            "changed" => Value.Of(new Function("changed", Changed)),
            _ => default,
        };
        return !value.IsMissing;
    }

    public override Value Call(RenderState state, Arguments arguments)
    {
        var bound = arguments.Bind("loop", ["iterable"], 1);
        return loop.Recurse(state, outer, bound[0], depth + 1);
    }

    public override void Print(RenderState state, TextBuffer output, int level) =>
        output.Append($"<LoopContext {_index0 + 1}/{Length(state)}>");

    private bool TryFetch(RenderState state, out Value item)
    {
        while (_next < items.Length)
        {
            item = items[_next++];
            if (loop.Admits(state, outer, item))
                return true;
        }

        item = default;
        return false;
    }

    private bool TryPeek(RenderState state, out Value item)
    {
        if (_ahead.TryPeek(out item))
            return true;
        if (!TryFetch(state, out item))
            return false;
        _ahead.Enqueue(item);
        return true;
    }

    private int Length(RenderState state)
    {
        if (_length < 0)
        {
            while (TryFetch(state, out var item))
                _ahead.Enqueue(item);
            _length = _index0 + 1 + _ahead.Count;
        }

        return _length;
    }

    private Value Cycle(RenderState state, Arguments arguments) => arguments.Positional.Length == 0
        ? throw Faults.Type("no items for cycling given")
        : arguments.Positional[_index0 % arguments.Positional.Length];

    private Value Changed(RenderState state, Arguments arguments)
    {
        var isSame = _changed is not null && Comparison.AreEqual(state, Value.Tuple(_changed), Value.Tuple(arguments.Positional));
        _changed = arguments.Positional;
        return Value.Of(!isSame);
    }
}
