namespace Tessera.Tensors.Kernels;

/// <summary>What turns a row of scores into probabilities: p = e^(x - Max)/Sum.</summary>
/// <param name="Max">The largest score; −∞ where no entry is possible.</param>
/// <param name="Sum">Σ e^(x - Max), at least 1; 0 where no entry is possible.</param>
public readonly record struct RowNormaliser(float Max, double Sum)
{
    /// <summary>ln Σ eˣ.</summary>
    public double LogSumExp => Sum > 0 || double.IsNaN(Sum) ? Max + Math.Log(Sum) : double.NegativeInfinity;
}
