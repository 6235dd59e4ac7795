using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Rendering;

internal sealed partial class RenderState
{
    /// <summary>The elements that iterating over a value yields; a generator is used up by it.</summary>
    /// <param name="value">Any value.</param>
    /// <param name="message">The error if it cannot be iterated; {0} is its type.</param>
    public Value[] Iterate(in Value value, string message = "'{0}' object is not iterable")
    {
        switch (value.Kind)
        {
            case ValueKind.List or ValueKind.Tuple or ValueKind.View:
                ChargeElements(value.Items.Length);
                return value.Items;
            case ValueKind.Undefined:
                return value.Origin.IsUnsafe ? throw value.Origin.ToException() : [];
            case ValueKind.Dictionary:
                ChargeElements(value.Dictionary.Count);
                return value.Dictionary.Keys.ToArray();
            case ValueKind.Generator:
                var rest = value.GeneratorState.TakeRest();
                ChargeElements(rest.Length);
                return rest;
            case ValueKind.Range:
                RequireElementCount(value.Range.Count);
                return value.Range.ToItems();
            case ValueKind.String:
                RequireElementCount(value.Text.Length);
                return CodePoints.Split(value);
            default:
                throw Faults.Type(message.Replace("{0}", value.TypeName, StringComparison.Ordinal));
        }
    }

    /// <summary>Python's len().</summary>
    public int LengthOf(in Value value)
    {
        switch (value.Kind)
        {
            case ValueKind.List or ValueKind.Tuple or ValueKind.View:
                return value.Items.Length;
            case ValueKind.Undefined:
                return 0;
            case ValueKind.Dictionary:
                return value.Dictionary.Count;
            case ValueKind.Range:
                return value.Range.Count;
            case ValueKind.String:
                Charge(value.Text.Length);
                return CodePoints.Count(value.Text);
            case ValueKind.Object when value.Object.Count >= 0:
                return value.Object.Count;
            default:
                throw Faults.Type($"object of type '{value.TypeName}' has no len()");
        }
    }

    /// <summary>What printing a value gives (Python's str()): strings as they are, undefined as nothing.</summary>
    public Value ToText(in Value value)
    {
        if (value.IsString)
            return value;
        if (value.IsUndefined)
            return Value.EmptyString;
        var text = NewText();
        PythonRepresentation.Print(this, value, text);
        return text.ToValue();
    }

    public void Print(in Value value)
    {
        if (value.IsString)
            Output.Append(value);
        else if (!value.IsUndefined)
            PythonRepresentation.Print(this, value, Output);
    }
}
