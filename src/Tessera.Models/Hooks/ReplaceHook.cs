using Tessera.Models.Passes;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Hooks;

/// <summary>Replaces activations by a value that the pass computed, so that a tape can differentiate through the replacement.</summary>
/// <param name="pass">The pass, whose operations compute the replacement.</param>
/// <param name="context">Where.</param>
/// <param name="activations">The activations.</param>
/// <returns>What goes on in their place, of the same shape.</returns>
public delegate Value ReplaceHook(Pass pass, in HookContext context, Value activations);
