namespace Tessera.Generation.Tests.Speculation;

/// <summary>
/// The law of what verification emits is the model's own: chi-square over a small vocabulary, which must also catch every wrong verifier.
/// </summary>
public class DraftVerificationTests
{
    private const int Vocabulary = 4;
    private const int Runs = 60_000;
    private static readonly double[] Target = [.45, .05, .2, .3];
    private static readonly double[] Draft = [.1, .5, .3, .1];

    public static TheoryData<VerificationRule, int> Cases
    {
        get
        {
            var cases = new TheoryData<VerificationRule, int>();
            foreach (var rule in Enum.GetValues<VerificationRule>())
            {
                for (var children = 1; children <= 3 && rule != VerificationRule.Greedy; children++) cases.Add(rule, children);
            }

            return cases;
        }
    }

    /// <summary>One node: children drawn from the draft, verified by a rule, counted by what is emitted.</summary>
    private static double Share(Func<double[], double[], int[], Func<double>, int> verify, int children, bool replacement, ulong seed = 1)
    {
        var counts = new int[Vocabulary];
        for (var run = 0; run < Runs; run++)
        {
            var (key, used) = (new RandomKey(seed, 0, (uint)run, RandomPurpose.Verify), 0u);
            double Uniform() => key.Uniform(used++);
            var row = (double[])Draft.Clone();
            var tokens = new int[children];
            for (var i = 0; i < children; i++)
            {
                tokens[i] = DraftVerification.Draw(row, Uniform());
                if (replacement) continue;
                row[tokens[i]] = 0;
                var sum = row.Sum();
                for (var t = 0; t < Vocabulary; t++) row[t] /= sum;
            }

            counts[verify(Target, Draft, tokens, Uniform)]++;
        }

        return ChiSquare.ShareOfLimit(counts, Target);
    }

    private static int Verify(VerificationRule rule, double[] target, double[] draft, int[] children, Func<double> uniform)
    {
        var parents = Enumerable.Repeat(-1, children.Length).ToArray();
        var (accepted, next) = DraftVerification.Verify(rule, children, parents, _ => target, _ => draft, uniform);
        return accepted.Count > 0 ? children[accepted[0]] : next;
    }

    [Theory, MemberData(nameof(Cases))]
    public void WhatIsEmittedHasTheTargetsLaw(VerificationRule rule, int children) =>
        Share((t, d, c, u) => Verify(rule, t, d, c, u), children, rule != VerificationRule.WithoutReplacement).ShouldBeLessThan(1);

    // Wrong in the ways in which verifiers have been wrong; each must be found out.
    public static TheoryData<string> Mutants => [.. WrongVerifiers.All.Keys];

    [Theory, MemberData(nameof(Mutants))]
    public void AWrongVerifierIsFoundOut(string mutant)
    {
        var (verify, replacement) = WrongVerifiers.All[mutant];
        // Some mistakes show with one child, some with several only.
        Enumerable.Range(1, 3).Max(children => Share((t, d, c, u) => verify(t, d, c, u), children, replacement)).ShouldBeGreaterThan(1);
    }

    [Theory]
    [InlineData(VerificationRule.WithoutReplacement)]
    [InlineData(VerificationRule.WithReplacement)]
    [InlineData(VerificationRule.KSequential)]
    public void AWholeTreeOverSeveralPassesHasTheJointLaw(VerificationRule rule)
    {
        double[][] target = [[.2, .5, .3], [.6, .1, .3], [.25, .25, .5]];
        double[][] draft = [[.5, .2, .3], [.3, .4, .3], [.6, .2, .2]];
        var counts = new int[27];
        for (var run = 0; run < Runs; run++)
        {
            var (key, used) = (new RandomKey(9, 0, (uint)run, RandomPurpose.Verify), 0u);
            double Uniform() => key.Uniform(used++);
            var text = new List<int> { 0 };
            while (text.Count < 4)
            {
                // DySpec's tree for drawing without replacement; a tree of two and one for the others.
                var (tokens, parents) = rule == VerificationRule.WithoutReplacement ? Grown() : Fixed();
                double[] Row(double[][] rows, int node) => rows[node < 0 ? text[^1] : tokens[node]];
                var (accepted, next) = DraftVerification.Verify(rule, tokens, parents, n => Row(target, n), n => Row(draft, n), Uniform);
                text.AddRange([.. accepted.Select(n => tokens[n]), next]);
            }

            counts[text[1] * 9 + text[2] * 3 + text[3]]++;

            (int[], int[]) Grown()
            {
                var tree = DynamicDraftTree.Grow((nodes, n) => draft[n < 0 ? text[^1] : nodes[n].Token], 4, null, Uniform);
                return ([.. tree.Nodes.Select(n => n.Token)], [.. tree.Nodes.Select(n => n.Parent)]);
            }

            (int[], int[]) Fixed()
            {
                int Child(int of) => DraftVerification.Draw(draft[of], Uniform());
                var (a, b) = (Child(text[^1]), Child(text[^1]));
                return ([a, b, Child(a), Child(b)], [-1, -1, 0, 1]);
            }
        }

        var law = new double[27];
        for (var i = 0; i < 27; i++) law[i] = target[0][i / 9] * target[i / 9][i / 3 % 3] * target[i / 3 % 3][i % 3];
        ChiSquare.ShareOfLimit(counts, law).ShouldBeLessThan(1);
    }

    [Fact]
    public void SeveralIndependentDraftsHaveTheJointLaw()
    {
        double[][] target = [[.2, .5, .3], [.6, .1, .3], [.25, .25, .5]];
        double[][] draft = [[.5, .2, .3], [.3, .4, .3], [.6, .2, .2]];
        var counts = new int[9];
        for (var run = 0; run < Runs; run++)
        {
            var (key, used) = (new RandomKey(11, 0, (uint)run, RandomPurpose.Verify), 0u);
            double Uniform() => key.Uniform(used++);
            var text = new List<int> { 1 };
            while (text.Count < 3)
            {
                var drafts = Enumerable.Range(0, 3).Select(_ =>
                {
                    var first = DraftVerification.Draw(draft[text[^1]], Uniform());
                    return new[] { first, DraftVerification.Draw(draft[first], Uniform()) };
                }).ToArray();
                int Last(int of, int depth) => depth == 0 ? text[^1] : drafts[of][depth - 1];
                var (accepted, next) = DraftVerification.VerifyDrafts(drafts, (of, j) => target[Last(of, j)], (of, j) => draft[Last(of, j)], Uniform);
                text.AddRange([.. accepted.Select((of, j) => drafts[of][j]), next]);
            }

            counts[text[1] * 3 + text[2]]++;
        }

        ChiSquare.ShareOfLimit(counts, [.. Enumerable.Range(0, 9).Select(i => target[1][i / 3] * target[i / 3][i % 3])]).ShouldBeLessThan(1);
    }

    [Fact]
    public void ATokenThatTheTargetRulesOutIsRejectedEvenByZero()
    {
        foreach (var rule in new[] { VerificationRule.WithReplacement, VerificationRule.WithoutReplacement, VerificationRule.KSequential })
            Verify(rule, [0, .5, .5, 0], [.6, .3, .1, 0], [0], () => 0).ShouldBe(1);
    }

    [Fact]
    public void GreedyTakesTheLowestOfEquals()
    {
        Verify(VerificationRule.Greedy, [.1, .4, .4, .1], [], [2], () => 0).ShouldBe(1);
        DraftVerification.Verify(VerificationRule.Greedy, [1, 2], [-1, 0], n => n < 0 ? [.1, .4, .4, .1] : [0, 0, .9, .1], _ => [], () => 0)
            .Accepted.ShouldBe([0, 1]);
    }

    [Fact]
    public void WorkedNumbersOfKSequentialSelection()
    {
        var plan = KSequentialPlan.Create([.5, .5], [.8, .2], 2);
        (plan.Rho, plan.Beta, plan.Acceptance).ShouldSatisfyAllConditions(
            p => p.Rho.ShouldBe(1.35208, 1e-5), p => p.Beta.ShouldBe(.64792, 1e-5), p => p.Acceptance.ShouldBe(.87604, 1e-5));
        var residual = new double[2];
        plan.Residual([.5, .5], [.8, .2], residual);
        residual.ShouldBe([1, 0], 1e-9);
        KSequentialPlan.Create([.6, .3, .1], [.2, .3, .5], 3).Rho.ShouldBe(2.10003, 1e-5);
        var same = KSequentialPlan.Create([.2, .8], [.2, .8], 4);
        (same.Rho, same.Acceptance).ShouldBe((1, 1));
        KSequentialPlan.Create([1, 0], [0, 1], 2).Acceptance.ShouldBe(0);
        double before = 0;
        for (var k = 1; k < 8; k++) (before = Grown(before, KSequentialPlan.Create(Draft, Target, k).Acceptance)).ShouldBeGreaterThan(0);

        static double Grown(double before, double now)
        {
            now.ShouldBeGreaterThanOrEqualTo(before);
            return now;
        }
    }

    [Fact]
    public void WhatCallerAndDraftDisagreeOnIsRefused()
    {
        Should.Throw<ArgumentException>(() => Verify(VerificationRule.WithReplacement, Target, [.5, .5, 0, 0], [2], () => 0)).Message.ShouldContain("probability 0");
        Should.Throw<ArgumentException>(() => Verify(VerificationRule.WithReplacement, [double.NaN, 0, 0, 1], Draft, [2], () => 0));
        Should.Throw<ArgumentException>(() => Verify(VerificationRule.WithReplacement, Target, [0, 0, 0, 0], [2], () => 0));
        Should.Throw<ArgumentException>(() => DraftVerification.Verify(VerificationRule.SampleAndMatch, [1, 2], [1, -1], _ => Target, _ => Draft, () => 0));
        Should.Throw<ArgumentOutOfRangeException>(() => KSequentialPlan.Create(Draft, Target, 0));
        Should.Throw<ArgumentException>(() => KSequentialPlan.Create(new double[4], Target, 1));
    }

    [Fact]
    public void ExpectedTokensOfAChain()
    {
        DraftVerification.ExpectedTokens(.8, 4).ShouldBe(3.3616, 1e-9);
        DraftVerification.ExpectedTokens(1, 4).ShouldBe(5);
        Should.Throw<ArgumentOutOfRangeException>(() => DraftVerification.ExpectedTokens(1.1, 4));
    }
}
