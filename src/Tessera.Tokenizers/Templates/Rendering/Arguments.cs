using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Rendering;

/// <summary>The arguments of one call: positional ones, then named ones in the order written.</summary>
internal sealed class Arguments(Value[] positional, KeyValuePair<string, Value>[] named)
{
    public static Arguments Empty { get; } = new([], []);

    public Value[] Positional { get; } = positional;

    public KeyValuePair<string, Value>[] Named { get; } = named;

    /// <summary>
    /// Puts the arguments into the order of a parameter list; those not given are missing values. Python's rules: unknown names, too many
    /// and doubled arguments, and missing ones among the first <paramref name="required"/>, are type errors.
    /// </summary>
    public Value[] Bind(string function, string[] parameters, int required)
    {
        if (Positional.Length > parameters.Length)
            throw Faults.Type($"{function}() takes at most {parameters.Length} arguments ({Positional.Length} given)");
        var bound = new Value[parameters.Length];
        Positional.CopyTo(bound, 0);
        foreach (var (name, value) in Named)
        {
            var slot = Array.IndexOf(parameters, name);
            if (slot < 0)
                throw Faults.Type($"{function}() got an unexpected keyword argument '{name}'");
            if (!bound[slot].IsMissing)
                throw Faults.Type($"{function}() got multiple values for argument '{name}'");
            bound[slot] = value;
        }

        for (var i = 0; i < required; i++)
        {
            if (bound[i].IsMissing)
                throw Faults.Type($"{function}() missing required argument: '{parameters[i]}'");
        }

        return bound;
    }

    /// <summary>Charges the texts among the arguments, which whoever takes them will read.</summary>
    public void ChargeTexts(RenderState state)
    {
        foreach (var value in Positional)
        {
            if (value.IsString)
                state.Charge(value.Text.Length);
        }

        foreach (var (_, value) in Named)
        {
            if (value.IsString)
                state.Charge(value.Text.Length);
        }
    }

    /// <summary>All but the first <paramref name="count"/> positional arguments.</summary>
    public Arguments Skip(int count) => new(Positional[count..], Named);
}
