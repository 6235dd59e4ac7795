using System.Numerics;
using Tessera.Tokenizers.Templates.Library;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Rendering;

/// <summary>
/// <c>a.b</c>, <c>a[b]</c> and slices by the sandbox's rules: the attribute first and then the key, or the other way round; what is missing
/// is undefined, what is private or would change the value is undefined in a way that any use of it is a security error.
/// </summary>
internal static class Access
{
    /// <summary>a.name.</summary>
    public static Value Attribute(RenderState state, in Value owner, string name)
    {
        if (owner.Kind == ValueKind.Dictionary)
        {
            // The common case, a key of a message, is told apart from a method by the method table alone.
            if (Methods.TryBind(state, owner, name, out var method))
                return method;
            return owner.Dictionary.TryGet(name, out var item) ? item : UndefinedAttribute(owner, name);
        }

        if (owner.IsUndefined)
            throw owner.Origin.ToException();
        return TryAttribute(state, owner, name, out var value) ? value : UndefinedAttribute(owner, name);
    }

    /// <summary>a[index], for anything but a slice.</summary>
    public static Value Element(RenderState state, in Value owner, in Value index)
    {
        switch (owner.Kind)
        {
            case ValueKind.Undefined:
                throw owner.Origin.ToException();
            case ValueKind.Dictionary:
                if (index.IsString)
                    state.Charge(index.Text.Length);
                // An unhashable key is no error here: the lookup fails like any other.
                if (index.Kind is not (ValueKind.List or ValueKind.Dictionary or ValueKind.View) && owner.Dictionary.TryGet(index, out var item))
                    return item;
                break;
            case ValueKind.List or ValueKind.Tuple or ValueKind.String or ValueKind.Range when index.IsInteger:
                return At(state, owner, index);
        }

        if (index.IsString && TryAttribute(state, owner, index.Text, out var attribute))
            return attribute;
        if (index.IsString)
            return UndefinedAttribute(owner, index.Text);
        var shown = state.NewText();
        PythonRepresentation.Represent(state, index, shown);
        return Value.Undefined(UndefinedOrigin.Element(owner, shown.Text.ToString()));
    }

    /// <summary>a[start:stop:step]; missing or none where not given.</summary>
    public static Value Slice(RenderState state, in Value owner, in Value start, in Value stop, in Value step)
    {
        if (owner.IsUndefined)
            throw owner.Origin.ToException();
        if (owner.Kind is not (ValueKind.List or ValueKind.Tuple or ValueKind.String or ValueKind.Range))
            throw Faults.Type($"'{owner.TypeName}' object cannot be sliced");
        if (!IsBound(start) || !IsBound(stop) || !IsBound(step))
            throw Faults.Type("slice indices must be integers or None");
        var stride = step.IsMissing || step.IsNone ? 1 : Clamp(step);
        if (stride == 0)
            throw Faults.Value("slice step cannot be zero");
        var length = state.LengthOf(owner);
        var first = Bound(start, length, stride, stride > 0 ? 0 : length - 1);
        var last = Bound(stop, length, stride, stride > 0 ? length : -1);
        var count = stride > 0 ? (last - first + stride - 1) / stride : (first - last - stride - 1) / -stride;
        if (count <= 0)
            count = 0;
        if (owner.Kind == ValueKind.Range)
            return SliceRange(owner.Range, first, count, stride);
        if (owner.IsString)
            return SliceText(state, owner, (int)first, (int)count, stride);
        state.RequireElementCount(count);
        var items = new Value[count];
        for (var i = 0; i < items.Length; i++)
            items[i] = owner.Items[first + i * stride];
        return owner.Kind == ValueKind.List ? Value.List(items) : Value.Tuple(items);
    }

    /// <summary>The attribute that Python's getattr would find, hidden ones as unsafe undefined.</summary>
    public static bool TryAttribute(RenderState state, in Value owner, string name, out Value value)
    {
        if (Methods.TryBind(state, owner, name, out value))
            return true;
        if (owner.Reference is GroupSequence && name is ("grouper" or "list"))
        {
            value = owner.Items[name == "grouper" ? 0 : 1];
            return true;
        }

        if (owner.Kind == ValueKind.Object)
            return owner.Object.TryGetAttribute(state, name, out value);
        return Methods.TryGetProperty(owner, name, out value);
    }

    private static Value UndefinedAttribute(in Value owner, string name) => Value.Undefined(UndefinedOrigin.Attribute(owner, name));

    private static Value At(RenderState state, in Value owner, in Value index)
    {
        var length = state.LengthOf(owner);
        var position = index.IsSmallInteger ? index.Integer : -1 - (long)length;
        if (position < 0)
            position += length;
        if (position < 0 || position >= length)
            return Value.Undefined(UndefinedOrigin.Element(owner, index.BigInteger.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        return owner.Kind switch
        {
            ValueKind.String => CodePoints.Slice(state, owner, (int)position, (int)position + 1),
            ValueKind.Range => owner.Range[(int)position],
            _ => owner.Items[position],
        };
    }

    private static bool IsBound(in Value value) => value.IsMissing || value.IsNone || value.IsInteger;

    private static long Clamp(in Value value) =>
        value.IsSmallInteger ? Math.Clamp(value.Integer, int.MinValue, int.MaxValue) : value.BigInteger.Sign * (long)int.MaxValue;

    private static long Bound(in Value value, int length, long stride, long absent)
    {
        if (value.IsMissing || value.IsNone)
            return absent;
        var bound = Clamp(value);
        if (bound < 0)
            bound += length;
        return stride > 0 ? Math.Clamp(bound, 0, length) : Math.Clamp(bound, -1, length - 1L);
    }

    private static Value SliceRange(ValueRange range, long first, long count, long stride)
    {
        // count is at most 100,000, but start and step of the range may be anything.
        var start = (BigInteger)range.Start + (BigInteger)first * range.Step;
        var step = (BigInteger)range.Step * stride;
        var stop = start + step * count;
        if (start < long.MinValue || start > long.MaxValue || stop < long.MinValue || stop > long.MaxValue)
            throw Faults.Arithmetic("range too far from zero");
        if (step < long.MinValue || step > long.MaxValue)
            step = step.Sign;
        return Value.Of(new ValueRange((long)start, (long)stop, (long)step, (int)count));
    }

    private static Value SliceText(RenderState state, in Value owner, int first, int count, long stride)
    {
        if (stride == 1)
            return CodePoints.Slice(state, owner, first, first + count);
        var text = owner.Text;
        var isFlat = !CodePoints.HasSurrogates(text);
        if (isFlat && owner.Marks is null)
        {
            state.Charge(count);
            return Value.Of(string.Create(count, (text, first, stride), static (span, source) =>
            {
                for (var i = 0; i < span.Length; i++)
                    span[i] = source.text[(int)(source.first + i * source.stride)];
            }));
        }

        var characters = CodePoints.Split(owner);
        state.RequireElementCount(characters.Length);
        var result = state.NewText();
        for (var i = 0; i < count; i++)
            result.Append(characters[first + i * stride]);
        return result.ToValue(owner.IsMarkup);
    }
}
