using Tessera.Models.Passes;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.State;

/// <summary>Keys and values of a cross memory on the tape of the pass that computed them; good for that run alone.</summary>
/// <param name="Pass">The pass.</param>
/// <param name="Run">Its run.</param>
/// <param name="Keys">[source rows, KV heads · head size].</param>
/// <param name="Values">[source rows, KV heads · head size].</param>
internal sealed record TapedMemory(Pass Pass, int Run, Value Keys, Value Values);
