using System.Globalization;
using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Library;

/// <summary>An attribute argument such as 'function.name' or 'items.0': the steps from a value to one inside of it.</summary>
internal sealed class AttributePath(Value[] steps)
{
    /// <summary>No steps: the value itself.</summary>
    public static AttributePath Identity { get; } = new([]);

    public static AttributePath Parse(in Value attribute)
    {
        if (!attribute.IsString)
            return new AttributePath(attribute.IsNone ? [] : [attribute]);
        return new AttributePath([.. attribute.Text.Split('.').Select(ParseStep)]);
    }

    /// <summary>Several paths with commas between, as sort takes them.</summary>
    public static AttributePath[] ParseAll(in Value attribute)
    {
        if (!attribute.IsString)
            return [attribute.IsMissing ? Identity : Parse(attribute)];
        return [.. attribute.Text.Split(',').Select(part => Parse(Value.Of(part)))];
    }

    /// <summary>Follows the steps; <paramref name="absent"/>, if given, stands in wherever a step leads to nothing.</summary>
    public Value Follow(RenderState state, Value value, Value? absent = null)
    {
        foreach (var step in steps)
        {
            value = Access.Element(state, value, step);
            if (absent is not null && value.IsUndefined)
                value = absent.Value;
        }

        return value;
    }

    private static Value ParseStep(string step) =>
        step.Length > 0 && step.All(char.IsAsciiDigit) && long.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? Value.Of(number)
            : Value.Of(step);
}
