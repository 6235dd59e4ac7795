using Tessera.Generation;

namespace Tessera.Laboratory.Tests.Contracts;

/// <summary>What holds of every logits stage in the catalogue.</summary>
public sealed class LogitsStageTests
{
    private const int Vocabulary = 57;
    private static readonly int[] s_history = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5];

    public static TheoryData<string> Stages => [.. MethodCatalogue.OfStage(MethodStage.Logits).Where(m => m.Factory is not null).Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Stages))]
    public void SomethingIsLeftAndNothingIsAdded(string name)
    {
        foreach (var logits in Rows())
        {
            var left = Apply(Make(name), logits);
            left.ShouldNotBeEmpty();
            left.Keys.Except(Enumerable.Range(0, Vocabulary)).ShouldBeEmpty();
            left.Values.Any(float.IsFinite).ShouldBeTrue();
        }
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void TheSameRowGivesTheSameTokensAgainInAForkAndAfterARollback(string name)
    {
        foreach (var logits in Rows())
        {
            var stage = Make(name);
            var first = Apply(stage, logits);
            Apply(stage.Fork(), logits).ShouldBe(first);
            stage.Accept(7, Context());
            stage.Truncate(s_history.Length);
            Apply(stage, logits).ShouldBe(first);
        }
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void AForkIsNotTouchedByItsOrigin(string name)
    {
        var logits = Rows().First();
        var stage = Make(name);
        var fork = stage.Fork();
        var first = Apply(fork, logits);
        stage.Accept(7, Context());
        Apply(fork, logits).ShouldBe(first);
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void TheLimitsOfEveryNumberWorkOrAreRefused(string name)
    {
        var method = MethodCatalogue.Find(name)!;
        foreach (var option in method.Options.Where(o => o.Kind == "number"))
        {
            foreach (var value in (string[])["0", "1"])
            {
                LogitsStage stage;
                try
                {
                    stage = method.Create<LogitsStage>(MethodSettings.None.With(option.Name, value));
                }
                catch (ArgumentOutOfRangeException)
                {
                    continue; // outside the method's range
                }

                foreach (var logits in Rows()) Apply(stage, logits).ShouldNotBeEmpty($"{name}: {option.Name}={value}");
            }
        }
    }

    private static LogitsStage Make(string name) => MethodCatalogue.Create<LogitsStage>(MethodStage.Logits, name);

    private static StageContext Context() => new(s_history, 5, 11, 0);

    private static Dictionary<int, float> Apply(LogitsStage stage, float[] logits)
    {
        var left = new SamplerChain([stage]).Apply(logits, Context());
        var result = new Dictionary<int, float>();
        for (var i = 0; i < left.Count; i++) result.Add(left.Ids[i], left.Logits[i]);
        return result;
    }

    // Ordinary rows, a flat one, one token far ahead, two equal best, impossible tokens, huge logits.
    private static IEnumerable<float[]> Rows()
    {
        for (uint row = 0; row < 4; row++)
        {
            var logits = new float[Vocabulary];
            for (var i = 0; i < Vocabulary; i++) logits[i] = (float)((new RandomKey(5, row, (uint)i, RandomPurpose.Sample).Uniform() - 0.5) * (1 << (int)(2 * row)));
            yield return logits;
        }

        yield return new float[Vocabulary];
        yield return [.. Enumerable.Range(0, Vocabulary).Select(i => i == 20 ? 50f : -50f)];
        yield return [.. Enumerable.Range(0, Vocabulary).Select(i => i is 20 or 30 ? 4f : 0f)];
        yield return [.. Enumerable.Range(0, Vocabulary).Select(i => i % 3 == 0 ? i * 0.1f : float.NegativeInfinity)];
        yield return [.. Enumerable.Range(0, Vocabulary).Select(i => i * 1e30f)];
    }
}
