using Tessera.Models.Hooks;
using Tessera.Models.Passes;
using Tessera.Models.Scan;
using Tessera.Models.State;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Modules;

/// <summary>A selective state-space layer with a residual connection (Mamba, Gu and Dao, 2023, arXiv:2312.00752).</summary>
public sealed class MambaBlock : Block
{
    /// <summary>The norm before the mixer.</summary>
    public required NormWeights Norm { get; init; }

    /// <summary>The mixer.</summary>
    public required MambaWeights Mixer { get; init; }

    /// <inheritdoc/>
    public override Value Run(Pass pass, Value x, int layer)
    {
        ArgumentNullException.ThrowIfNull(pass);
        x = pass.Hook(HookPoint.ResidPre, layer, x);
        x = pass.Add(x, pass.SelectiveScan(pass.Norm(x, Norm), Mixer, layer));
        return pass.Hook(HookPoint.ResidPost, layer, x);
    }

    /// <inheritdoc/>
    public override bool Has(HookPoint point) => point is HookPoint.ResidPre or HookPoint.ResidPost;

    /// <inheritdoc/>
    public override IEnumerable<LinearMap> Maps => [Mixer.In, Mixer.Select, Mixer.TimeStep, Mixer.Out];

    /// <inheritdoc/>
    public override LayerState CreateState(SequenceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var sizes = Mixer.Config;
        return Scan.SelectiveScan.CreateState(sizes.InnerWidth, sizes.ConvolutionWidth, sizes.StateSize, options.Rollback);
    }
}
