namespace Tessera.Generation.Tests.Logits;

/// <summary>Rows of logits and distributions for the tests of the stages.</summary>
internal static class Rows
{
    public static float[] OfProbabilities(params double[] p) => p.Select(x => (float)Math.Log(x)).ToArray();

    /// <summary>A row of normal logits; rounded to few values, it is full of ties.</summary>
    public static float[] Normal(int length, uint seed, double spread, bool ties = false) => Enumerable.Range(0, length)
        .Select(i => spread * new RandomKey(seed, 0, (uint)i, RandomPurpose.Initialise).Normal())
        .Select(x => (float)(ties ? Math.Round(x) : x)).ToArray();

    public static Candidates Loaded(params float[] logits)
    {
        var candidates = new Candidates(logits.Length);
        candidates.Load(logits);
        return candidates;
    }

    /// <summary>What stages make of a row: probabilities by id, 0 for dropped tokens.</summary>
    public static double[] After(float[] logits, int[] history, params LogitsStage[] stages)
    {
        var candidates = new SamplerChain(stages).Apply(logits, new StageContext(history, promptLength: 0));
        return Probabilities(candidates);
    }

    public static double[] Probabilities(Candidates candidates)
    {
        var p = new double[candidates.VocabularySize];
        double max = candidates.Max();
        var z = 0.0;
        foreach (var logit in candidates.Logits)
            z += Math.Exp(logit - max);
        for (var i = 0; i < candidates.Count; i++)
            p[candidates.Ids[i]] = Math.Exp(candidates.Logits[i] - max) / z;
        return p;
    }

    public static void ShouldBeNear(this double[] actual, double[] expected, double tolerance = 1e-5)
    {
        actual.Length.ShouldBe(expected.Length);
        for (var i = 0; i < actual.Length; i++)
            actual[i].ShouldBe(expected[i], tolerance, $"at {i}");
    }
}
