using Tessera.Tokenizers.Templates.Nodes;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Rendering;

/// <summary>A macro with the scope it was defined in; it sees that scope's variables as they are when it is called.</summary>
internal sealed class MacroObject : TemplateObject
{
    private readonly MacroSignature _signature;
    private readonly Scope _scope;

    private MacroObject(MacroSignature signature, Scope scope)
    {
        _signature = signature;
        _scope = scope;
    }

    public override string TypeName => "Macro";

    public override bool IsCallable => true;

    public static MacroObject Define(RenderState state, MacroSignature signature)
    {
        for (var scope = state.Scope; scope is not null; scope = scope.Parent)
            scope.IsCaptured = true;
        return new MacroObject(signature, state.Scope);
    }

    public override Value Call(RenderState state, Arguments arguments)
    {
        state.Enter();
        var outer = state.Scope;
        state.Scope = new Scope(_scope);
        Bind(state, arguments);
        var text = state.Capture(_signature.Body, state.Scope, out _);
        state.Scope = outer;
        state.Leave();
        return text;
    }

    public override bool TryGetAttribute(RenderState state, string name, out Value value)
    {
        value = name switch
        {
            "name" => _signature.Name is null ? Value.None : Value.Of(_signature.Name),
            "arguments" => Value.List([.. _signature.Parameters.Select(name => Value.Of(name))]),
            "caller" => Value.Of(_signature.Caller >= 0),
            "catch_varargs" => Value.Of(_signature.VariableArguments >= 0),
            "catch_kwargs" => Value.Of(_signature.NamedArguments >= 0),
            _ => default,
        };
        return !value.IsMissing;
    }

    public override void Print(RenderState state, TextBuffer output, int depth) =>
        output.Append(_signature.Name is null ? "<Macro anonymous>" : $"<Macro '{_signature.Name}'>");

    private void Bind(RenderState state, Arguments arguments)
    {
        var parameters = _signature.Parameters;
        var named = arguments.Named.ToList();
        var isMissing = new bool[parameters.Length];
        var firstDefault = parameters.Length - _signature.Defaults.Length;
        for (var i = 0; i < parameters.Length; i++)
        {
            var value = i < arguments.Positional.Length ? arguments.Positional[i] : Take(named, parameters[i]);
            isMissing[i] = value.IsMissing;
            if (value.IsMissing)
                value = Value.Undefined(UndefinedOrigin.Because($"parameter '{parameters[i]}' was not provided"));
            state.Scope.Set(_signature.Numbers[i], value);
        }

        // A default sees the other parameters, never a variable of the same name outside.
        for (var i = firstDefault; i < parameters.Length; i++)
        {
            if (isMissing[i])
                state.Scope.Set(_signature.Numbers[i], _signature.Defaults[i - firstDefault].Evaluate(state));
        }

        if (_signature.Caller >= 0 && Array.IndexOf(parameters, "caller") < 0)
        {
            var caller = Take(named, "caller");
            state.Scope.Set(_signature.Caller, caller.IsMissing ? Value.Undefined(UndefinedOrigin.Because("No caller defined")) : caller);
        }

        BindRest(state, arguments, named);
    }

    private void BindRest(RenderState state, Arguments arguments, List<KeyValuePair<string, Value>> named)
    {
        if (_signature.NamedArguments >= 0)
        {
            var dictionary = new ValueDictionary(named.Count);
            foreach (var (name, value) in named)
                dictionary.Set(Value.Of(name), value);
            state.Scope.Set(_signature.NamedArguments, Value.Of(dictionary));
        }
        else if (named.Count > 0)
        {
            throw Faults.Type($"macro '{_signature.Name}' takes no keyword argument '{named[0].Key}'");
        }

        var count = _signature.Parameters.Length;
        if (_signature.VariableArguments >= 0)
            state.Scope.Set(_signature.VariableArguments, Value.Tuple(arguments.Positional.Length > count ? arguments.Positional[count..] : []));
        else if (arguments.Positional.Length > count)
            throw Faults.Type($"macro '{_signature.Name}' takes not more than {count} argument(s)");
    }

    private static Value Take(List<KeyValuePair<string, Value>> named, string name)
    {
        for (var i = 0; i < named.Count; i++)
        {
            if (named[i].Key != name)
                continue;
            var value = named[i].Value;
            named.RemoveAt(i);
            return value;
        }

        return default;
    }
}
