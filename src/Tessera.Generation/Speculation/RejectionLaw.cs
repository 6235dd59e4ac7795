using System.Numerics.Tensors;

namespace Tessera.Generation;

/// <summary>
/// Rejection at one node of a draft tree: how likely the next child is accepted, and from what a token is drawn if none is. Works on
/// probabilities in float64; asks for no random number, so that whoever has the uniforms decides, or enumerates. Reusable, not thread-safe.
/// </summary>
public sealed class RejectionLaw
{
    private readonly double[] _target; // r: what is left to emit
    private readonly double[] _draft;
    private VerificationRule _rule;
    private KSequentialPlan _plan;

    /// <summary>Creates a law.</summary>
    /// <param name="vocabularySize">Entries of a row.</param>
    public RejectionLaw(int vocabularySize) => (_target, _draft) = (new double[vocabularySize], new double[vocabularySize]);

    /// <summary>What a token is drawn from if no further child is accepted, <c>[vocabulary]</c>; sums to 1.</summary>
    public ReadOnlySpan<double> Residual => _target;

    /// <summary>Residuals that were all zeros, so that what stood before the subtraction was kept: rounding; it should be 0.</summary>
    public int EmptyResiduals { get; private set; }

    /// <summary>Begins at a node.</summary>
    /// <param name="rule">A rule by rejection.</param>
    /// <param name="target">The model's probabilities, after all stages.</param>
    /// <param name="draft">The probabilities that the children were really drawn from.</param>
    /// <param name="children">How many children there are.</param>
    /// <exception cref="ArgumentException">The rule draws no residuals, or a row is no distribution.</exception>
    public void Begin(VerificationRule rule, ReadOnlySpan<double> target, ReadOnlySpan<double> draft, int children)
    {
        if (rule is VerificationRule.SampleAndMatch or VerificationRule.Greedy) throw new ArgumentException($"{rule} rejects nothing.", nameof(rule));
        Check(target, nameof(target));
        _rule = rule;
        target.CopyTo(_target);
        if (children == 0) return;
        Check(draft, nameof(draft));
        draft.CopyTo(_draft);
        if (rule == VerificationRule.KSequential) _plan = KSequentialPlan.Create(draft, target, children);
    }

    /// <summary>The probability to accept a child; a uniform number below it (strictly) accepts.</summary>
    /// <param name="token">The child's token.</param>
    /// <exception cref="ArgumentException">The draft's row gives the token no probability: it was drawn from another one.</exception>
    public double Acceptance(int token)
    {
        var d = _draft[token];
        if (!(d > 0)) throw new ArgumentException($"Token {token} has probability 0 in the row that it is said to be drawn from.", nameof(token));
        return Math.Min(1, _target[token] / (_rule == VerificationRule.KSequential ? _plan.Rho * d : d));
    }

    /// <summary>The child was rejected.</summary>
    /// <param name="token">Its token.</param>
    /// <param name="last">Whether it was the last one.</param>
    public void Reject(int token, bool last)
    {
        if (_rule == VerificationRule.KSequential)
        {
            if (last) _plan.Residual(_draft, _target, _target);
            return;
        }

        Subtract();
        if (_rule != VerificationRule.WithoutReplacement) return;
        _draft[token] = 0;
        var left = TensorPrimitives.Sum<double>(_draft);
        if (left > 0) TensorPrimitives.Divide(_draft, left, _draft);
    }

    // r ← norm((r − d)⁺).
    private void Subtract()
    {
        var sum = 0.0;
        for (var i = 0; i < _target.Length; i++) sum += Math.Max(0, _target[i] - _draft[i]);
        if (!(sum > 0))
        {
            EmptyResiduals++;
            return;
        }

        for (var i = 0; i < _target.Length; i++) _target[i] = Math.Max(0, _target[i] - _draft[i]) / sum;
    }

    private void Check(ReadOnlySpan<double> row, string name)
    {
        if (row.Length != _target.Length) throw new ArgumentException($"A row has {_target.Length} probabilities, not {row.Length}.", name);
        var sum = 0.0;
        foreach (var p in row) sum += p >= 0 ? p : double.NaN;
        if (!(Math.Abs(sum - 1) < 1e-3)) throw new ArgumentException("The row is no distribution.", name); // rows from float32 logits are off by 1e-5 and less
    }
}
