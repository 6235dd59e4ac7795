using Tessera.Context.Policies;
using Tessera.Models.Attention;
using Tessera.Models.State;

namespace Tessera.Laboratory.Tests.Contracts;

/// <summary>What holds of every cache policy in the catalogue, as it comes and with options that change what it does.</summary>
public sealed class PolicyTests
{
    private const int Budget = 40;

    public static TheoryData<string> Policies =>
    [
        .. MethodCatalogue.OfStage(MethodStage.Policy).Where(m => m.Factory is not null).Select(m => m.Name),
        "h2o:score=mean,decay=0.9", "h2o:positions=rebase", "tova:keep-newest=true", "streaming-llm:sinks=0,positions=keep",
    ];

    [Fact]
    public void ThereArePolicies() => Policies.Count.ShouldBeGreaterThan(4);

    [Theory]
    [MemberData(nameof(Policies))]
    public void AWholeBudgetChangesNothing(string text)
    {
        using var model = SequenceContract.Model();
        var plain = SequenceContract.Answer(model, SequenceOptions.Exact);
        foreach (var budget in (string[])["1", "90"]) SequenceContract.Answer(model, Under(text, budget)).ShouldBe(plain, Tolerance(text));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void ABudgetIsKeptAndDropsSomething(string text)
    {
        using var model = SequenceContract.Model();
        using var pass = SequenceContract.NewPass();
        using var sequence = model.NewSequence(Under(text));
        SequenceContract.Run(model, pass, sequence, SequenceContract.Ids[..SequenceContract.Prompt]);
        var use = CacheUse.Of(sequence);
        use.MostKept.ShouldBeLessThanOrEqualTo(Budget);
        use.LeastKept.ShouldBeGreaterThan(0);
        use.Bytes.ShouldBeLessThan(use.FullBytes);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void TheResultDependsOnNoThreadAndOnNoOtherSequence(string text) => SequenceContract.TheResultDependsOnNoThreadAndOnNoOtherSequence(Under(text));

    [Theory]
    [MemberData(nameof(Policies))]
    public void AForkGoesOnAsItsOrigin(string text) => SequenceContract.AForkGoesOnAsItsOrigin(Under(text));

    [Theory]
    [MemberData(nameof(Policies))]
    public void APassThatFailsLeavesNoTrace(string text) => SequenceContract.APassThatFailsLeavesNoTrace(Under(text));

    [Theory]
    [MemberData(nameof(Policies))]
    public void ASequenceThatBeginsAnewIsAsANewOne(string text) => SequenceContract.ASequenceThatBeginsAnewIsAsANewOne(Under(text));

    // Keys that are kept raw are turned when they are read, which rounds otherwise.
    private static double Tolerance(string text) => Make(text, "1").Renumbers ? 1e-4 : 0;

    private static SequenceOptions Under(string text, string? budget = null) => SequenceOptions.Exact with { Policy = () => Make(text, budget) };

    private static IAttentionPolicy Make(string text, string? budget = null)
    {
        var (method, settings) = MethodCatalogue.Read(text, MethodStage.Policy);
        return method.Create<IAttentionPolicy>(settings.With("budget", budget ?? $"{Budget}"));
    }
}
