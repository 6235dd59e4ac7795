using Tessera.Generation;

namespace Tessera.Golden;

/// <summary>What one node of a draft tree emits, by enumeration: over all children that can be drawn and all outcomes of their tests.</summary>
internal sealed class VerificationLaw
{
    private readonly double[] _target;
    private readonly double[] _draft;

    private VerificationLaw(double[] target, double[] draft) =>
        (_target, _draft, Accepted, Emitted) = (target, draft, new double[target.Length], new double[target.Length]);

    /// <summary>The probability that a drafted token is accepted, by token.</summary>
    public double[] Accepted { get; }

    /// <summary>The probability that none is and the token is emitted, by token.</summary>
    public double[] Emitted { get; }

    /// <summary>Enumerates a rule, named as the golden files name it (V1 to V5).</summary>
    public static VerificationLaw Of(string rule, double[] target, double[] draft, int children)
    {
        var law = new VerificationLaw(target, draft);
        law.Draw(rule, children, [], 1, (double[])draft.Clone());
        return law;
    }

    /// <summary>The rule of a name.</summary>
    public static VerificationRule Rule(string name) => name switch
    {
        "V0" => VerificationRule.Greedy,
        "V1" => VerificationRule.SampleAndMatch,
        "V2" or "V3" => VerificationRule.WithReplacement,
        "V4" => VerificationRule.WithoutReplacement,
        "V5" => VerificationRule.KSequential,
        _ => throw new NotCoveredException($"There is no rule {name}."),
    };

    // Children of V1 and V4 are drawn without replacement.
    private void Draw(string rule, int missing, int[] children, double probability, double[] left)
    {
        var mass = left.Sum();
        if (missing == 0 || !(mass > 0))
        {
            Test(rule, children, probability);
            return;
        }

        for (var token = 0; token < left.Length; token++)
        {
            if (!(left[token] > 0)) continue;
            var rest = (double[])left.Clone();
            if (rule is "V1" or "V4") rest[token] = 0;
            Draw(rule, missing - 1, [.. children, token], probability * left[token] / mass, rest);
        }
    }

    private void Test(string rule, int[] children, double probability)
    {
        if (rule == "V1")
        {
            for (var token = 0; token < _target.Length; token++) (children.Contains(token) ? Accepted : Emitted)[token] += probability * _target[token];
            return;
        }

        var law = new RejectionLaw(_target.Length);
        law.Begin(Rule(rule), _target, _draft, children.Length);
        for (var i = 0; i < children.Length; i++)
        {
            var acceptance = law.Acceptance(children[i]);
            Accepted[children[i]] += probability * acceptance;
            probability *= 1 - acceptance;
            if (!(probability > 0)) return;
            law.Reject(children[i], last: i == children.Length - 1);
        }

        for (var token = 0; token < _target.Length; token++) Emitted[token] += probability * law.Residual[token];
    }
}
