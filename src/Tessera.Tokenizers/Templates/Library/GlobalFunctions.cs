using System.Collections.Frozen;
using System.Numerics;
using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Library;

/// <summary>The functions that every chat template can call: Jinja's own, and the two that the transformers library adds.</summary>
internal static class GlobalFunctions
{
    private const int MaxRange = 100_000; // Jinja's sandbox, MAX_RANGE

    private static readonly FrozenDictionary<string, Value> s_table = new Dictionary<string, Value>
    {
        ["range"] = Define("range", Range),
        ["namespace"] = Define("namespace", NamespaceObject.Create),
        ["dict"] = Define("dict", (state, arguments) => Value.Of(MakeDictionary(state, arguments))),
        ["cycler"] = Define("cycler", Cycler),
        ["joiner"] = Define("joiner", (_, arguments) => Value.Of(new JoinerObject(Optional(arguments, "joiner", "sep", Value.Of(", "))))),
        ["raise_exception"] = Define("raise_exception", RaiseException),
        ["strftime_now"] = Define("strftime_now", StrftimeNow),
        ["self"] = Value.Of(new SelfObject()),
    }.ToFrozenDictionary();

    /// <summary>A global's value, or a missing one.</summary>
    public static Value Find(string name) => s_table.GetValueOrDefault(name);

    /// <summary>dict(mapping or pairs, **named).</summary>
    public static ValueDictionary MakeDictionary(RenderState state, Arguments arguments)
    {
        var result = new ValueDictionary();
        if (arguments.Positional.Length > 1)
            throw Faults.Type($"dict expected at most 1 argument, got {arguments.Positional.Length}");
        if (arguments.Positional.Length == 1)
            AddAll(state, result, arguments.Positional[0]);
        foreach (var (name, value) in arguments.Named)
            result.Set(Value.Of(name), value);
        return result;
    }

    private static Value Define(string name, Func<RenderState, Arguments, Value> body) => Value.Of(new Function(name, body));

    private static Value Optional(Arguments arguments, string function, string parameter, Value absent)
    {
        var bound = arguments.Bind(function, [parameter], 0);
        return bound[0].IsMissing ? absent : bound[0];
    }

    private static void AddAll(RenderState state, ValueDictionary result, in Value source)
    {
        if (source.Kind == ValueKind.Dictionary)
        {
            state.ChargeElements(source.Dictionary.Count);
            for (var i = 0; i < source.Dictionary.Count; i++)
                result.Set(source.Dictionary.Keys[i], source.Dictionary.Values[i]);
            return;
        }

        foreach (var pair in state.Iterate(source))
        {
            var items = state.Iterate(pair, "cannot convert dictionary update sequence element, a {0}, to a sequence");
            if (items.Length != 2)
                throw Faults.Value($"dictionary update sequence element has length {items.Length}; 2 is required");
            ValueKeyComparer.RequireHashable(items[0]);
            result.Set(items[0], items[1]);
        }
    }

    private static Value Range(RenderState state, Arguments arguments)
    {
        if (arguments.Named.Length > 0)
            throw Faults.Type("range() takes no keyword arguments");
        if (arguments.Positional.Length is < 1 or > 3)
            throw Faults.Type($"range expected 1 to 3 arguments, got {arguments.Positional.Length}");
        var bounds = new BigInteger[arguments.Positional.Length];
        for (var i = 0; i < bounds.Length; i++)
        {
            var value = arguments.Positional[i];
            if (value.IsUndefined)
                throw Faults.Type("'Undefined' object cannot be interpreted as an integer");
            bounds[i] = value.IsInteger ? value.BigInteger : throw Faults.Type($"'{value.TypeName}' object cannot be interpreted as an integer");
        }

        var (start, stop) = bounds.Length == 1 ? (BigInteger.Zero, bounds[0]) : (bounds[0], bounds[1]);
        var step = bounds.Length == 3 ? bounds[2] : BigInteger.One;
        if (step.IsZero)
            throw Faults.Value("range() arg 3 must not be zero");
        var count = step.Sign > 0 ? (stop - start + step - 1) / step : (start - stop - step - 1) / -step;
        if (step.Sign > 0 ? start >= stop : start <= stop)
            count = 0;
        if (count > MaxRange)
            throw Faults.Arithmetic($"Range too big. The sandbox blocks ranges larger than MAX_RANGE ({MaxRange}).");
        if (BigInteger.Max(BigInteger.Max(BigInteger.Abs(start), BigInteger.Abs(stop)), BigInteger.Abs(step)) > long.MaxValue / 2)
            throw Faults.Arithmetic("range too far from zero");
        return Value.Of(new ValueRange((long)start, (long)stop, (long)step, (int)count));
    }

    private static Value Cycler(RenderState state, Arguments arguments)
    {
        if (arguments.Named.Length > 0)
            throw Faults.Type("cycler() takes no keyword arguments");
        return arguments.Positional.Length == 0
            ? throw Faults.Type("at least one item has to be provided")
            : Value.Of(new CyclerObject(arguments.Positional));
    }

    private static Value RaiseException(RenderState state, Arguments arguments)
    {
        var bound = arguments.Bind("raise_exception", ["message"], 1);
        throw new TemplateException(TemplateErrorKind.Raised, state.ToText(bound[0]).Text);
    }

    private static Value StrftimeNow(RenderState state, Arguments arguments)
    {
        var bound = arguments.Bind("strftime_now", ["format"], 1);
        if (!bound[0].IsString)
            throw Faults.Type($"strftime() argument 1 must be str, not {bound[0].TypeName}");
        return DateFormat.Format(state, bound[0], state.Clock.GetLocalNow());
    }
}
