using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Library;

/// <summary>
/// The methods of strings, dictionaries, lists, tuples and ranges. Those that would change their receiver, and everything private, come back
/// as undefined values whose use is a security error.
/// </summary>
internal static class Methods
{
    /// <summary>A method bound to its receiver, or the hidden stand-in for one.</summary>
    public static bool TryBind(RenderState state, in Value owner, string name, out Value method)
    {
        method = default;
        if (name.StartsWith('_'))
        {
            if (!IsPrivate(owner, name))
                return false;
            method = Value.Undefined(UndefinedOrigin.Unsafe(owner, name));
            return true;
        }

        var body = owner.Kind switch
        {
            ValueKind.Dictionary => DictionaryMethod(name),
            ValueKind.String => StringMethods.Find(name),
            ValueKind.List or ValueKind.Tuple or ValueKind.Range => SequenceMethod(owner, name),
            ValueKind.Float when name == "is_integer" => (_, number, _) => Value.Of(number.Float == Math.Floor(number.Float)),
            _ when owner.IsInteger && name == "bit_length" => (_, number, _) => Value.Of(BitLength(number)),
            _ => null,
        };
        if (body is not null)
        {
            var receiver = owner;
            method = Value.Of(new Function(name, (inner, arguments) => body(inner, receiver, arguments)));
            return true;
        }

        if (!IsMutating(owner, name))
            return false;
        method = Value.Undefined(UndefinedOrigin.Unsafe(owner, name));
        return true;
    }

    /// <summary>Attributes that are no methods: the parts of numbers and ranges.</summary>
    public static bool TryGetProperty(in Value owner, string name, out Value value)
    {
        value = (owner.Kind, name) switch
        {
            (ValueKind.Range, "start") => Value.Of(owner.Range.Start),
            (ValueKind.Range, "stop") => Value.Of(owner.Range.Stop),
            (ValueKind.Range, "step") => Value.Of(owner.Range.Step),
            (_, "real") when owner.IsNumber => Arithmetic.Plus(owner),
            (ValueKind.Float, "imag") => Value.Of(0.0),
            (_, "imag") when owner.IsInteger => Value.Of(0),
            (_, "numerator") when owner.IsInteger => Arithmetic.Plus(owner),
            (_, "denominator") when owner.IsInteger => Value.Of(1),
            _ => default,
        };
        return !value.IsMissing;
    }

    // Every Python object has these; a dictionary may also hold other names of that form as keys.
    private static bool IsPrivate(in Value owner, string name) => name.Length > 4 && name.StartsWith("__", StringComparison.Ordinal)
        && name.EndsWith("__", StringComparison.Ordinal)
        && (owner.Kind != ValueKind.Dictionary || name is "__class__" or "__dict__" or "__doc__" or "__init__" or "__new__" or "__reduce__"
            or "__reduce_ex__" or "__getattribute__" or "__subclasshook__" or "__init_subclass__" or "__dir__" or "__format__" or "__hash__"
            or "__repr__" or "__str__" or "__sizeof__" or "__eq__" or "__ne__" or "__contains__" or "__delattr__" or "__setattr__"
            or "__getitem__" or "__setitem__" or "__delitem__" or "__iter__" or "__len__" or "__or__" or "__class_getitem__");

    private static bool IsMutating(in Value owner, string name) => owner.Kind switch
    {
        ValueKind.List => name is "append" or "clear" or "pop" or "reverse" or "insert" or "sort" or "extend" or "remove",
        ValueKind.Dictionary => name is "clear" or "pop" or "popitem" or "setdefault" or "update",
        _ => false,
    };

    private static Func<RenderState, Value, Arguments, Value>? DictionaryMethod(string name) => name switch
    {
        "items" => static (state, owner, arguments) => View(state, owner, arguments, "dict_items", owner.Dictionary.ToItems()),
        "keys" => static (state, owner, arguments) => View(state, owner, arguments, "dict_keys", owner.Dictionary.Keys.ToArray()),
        "values" => static (state, owner, arguments) => View(state, owner, arguments, "dict_values", owner.Dictionary.Values.ToArray()),
        "get" => Get,
        "copy" => static (_, owner, _) => owner,
        _ => null,
    };

    private static Value View(RenderState state, in Value owner, Arguments arguments, string typeName, Value[] items)
    {
        arguments.Bind(typeName[5..], [], 0);
        state.ChargeElements(items.Length);
        return Value.View(items, typeName);
    }

    private static Value Get(RenderState state, Value owner, Arguments arguments)
    {
        if (arguments.Named.Length > 0)
            throw Faults.Type("dict.get() takes no keyword arguments");
        var bound = arguments.Bind("get", ["key", "default"], 1);
        ValueKeyComparer.RequireHashable(bound[0]);
        if (bound[0].IsString)
            state.Charge(bound[0].Text.Length);
        return owner.Dictionary.TryGet(bound[0], out var value) ? value : bound[1].IsMissing ? Value.None : bound[1];
    }

    private static Func<RenderState, Value, Arguments, Value>? SequenceMethod(in Value owner, string name) => name switch
    {
        "index" => IndexOf,
        "count" => CountOf,
        "copy" when owner.Kind == ValueKind.List => static (_, list, _) => list,
        _ => null,
    };

    private static Value IndexOf(RenderState state, Value owner, Arguments arguments)
    {
        var bound = arguments.Bind("index", ["value", "start", "stop"], 1);
        var items = state.Iterate(owner);
        var (start, stop) = StringMethods.Bounds(items.Length, bound[1], bound[2]);
        for (var i = start; i < stop; i++)
        {
            if (Comparison.AreEqual(state, items[i], bound[0]))
                return Value.Of(i);
        }

        throw Faults.Value("the value is not in the sequence");
    }

    private static Value CountOf(RenderState state, Value owner, Arguments arguments)
    {
        var bound = arguments.Bind("count", ["value"], 1);
        var count = 0;
        foreach (var item in state.Iterate(owner))
        {
            if (Comparison.AreEqual(state, item, bound[0]))
                count++;
        }

        return Value.Of(count);
    }

    private static long BitLength(in Value value)
    {
        var magnitude = System.Numerics.BigInteger.Abs(value.BigInteger);
        return magnitude.GetBitLength();
    }
}
