using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Nodes;

/// <summary>What a macro or a call block declares: parameters, defaults, and which of the implicit variables its body mentions.</summary>
internal sealed record MacroSignature
{
    public required string? Name { get; init; }

    public required string[] Parameters { get; init; }

    /// <summary>Numbers of the parameters' names.</summary>
    public required int[] Numbers { get; init; }

    /// <summary>Defaults of the last parameters.</summary>
    public required Expression[] Defaults { get; init; }

    public required StatementList Body { get; init; }

    /// <summary>Number of the name <c>caller</c>, or −1 if the body does not use it; likewise the next two.</summary>
    public int Caller { get; init; }

    public int VariableArguments { get; init; }

    public int NamedArguments { get; init; }
}

/// <summary>{% macro %}: defines a function that renders its body.</summary>
internal sealed class MacroStatement(int offset, int number, MacroSignature signature) : Statement(offset)
{
    public override Flow Execute(RenderState state)
    {
        state.Scope.Set(number, Value.Of(MacroObject.Define(state, signature)));
        return Flow.Next;
    }
}

/// <summary>{% call(parameters) macro(arguments) %}: calls a macro that may call the body back.</summary>
internal sealed class CallBlockStatement(int offset, CallNode call, MacroSignature body) : Statement(offset)
{
    public override Flow Execute(RenderState state)
    {
        state.Print(call.Call(state, MacroObject.Define(state, body)));
        return Flow.Next;
    }
}
