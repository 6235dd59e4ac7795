namespace Tessera.Models.Hooks;

/// <summary>Reads activations, [rows, width]; the span is valid during the call only.</summary>
/// <param name="context">Where.</param>
/// <param name="activations">The activations.</param>
public delegate void ReadHook(in HookContext context, ReadOnlySpan<float> activations);
