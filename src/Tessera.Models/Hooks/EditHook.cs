namespace Tessera.Models.Hooks;

/// <summary>Changes activations in place, [rows, width]; a gradient passes through unchanged.</summary>
/// <param name="context">Where.</param>
/// <param name="activations">The activations.</param>
public delegate void EditHook(in HookContext context, Span<float> activations);
