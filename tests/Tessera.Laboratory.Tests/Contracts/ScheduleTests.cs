using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Laboratory.Tests.Contracts;

/// <summary>What holds of every schedule in the catalogue.</summary>
public sealed class ScheduleTests
{
    public static TheoryData<string> Schedules => [.. MethodCatalogue.OfStage(MethodStage.Schedule).Where(m => m.Factory is not null).Select(m => m.Name)];

    [Fact]
    public void ThereAreSchedules() => Schedules.ShouldNotBeEmpty();

    [Theory]
    [MemberData(nameof(Schedules))]
    public void TheResultDependsOnNoThreadAndOnNoOtherSequence(string name) => SequenceContract.TheResultDependsOnNoThreadAndOnNoOtherSequence(Under(name));

    [Theory]
    [MemberData(nameof(Schedules))]
    public void AForkGoesOnAsItsOrigin(string name) => SequenceContract.AForkGoesOnAsItsOrigin(Under(name));

    [Theory]
    [MemberData(nameof(Schedules))]
    public void APassThatFailsLeavesNoTrace(string name) => SequenceContract.APassThatFailsLeavesNoTrace(Under(name));

    [Theory]
    [MemberData(nameof(Schedules))]
    public void ASequenceThatBeginsAnewIsAsANewOne(string name) => SequenceContract.ASequenceThatBeginsAnewIsAsANewOne(Under(name));

    [Theory]
    [MemberData(nameof(Schedules))]
    public void NoTokenRunsTwiceThroughALayer(string name)
    {
        using var model = SequenceContract.Model();
        using var pass = SequenceContract.NewPass();
        using var sequence = model.NewSequence(Under(name));
        var ids = SequenceContract.Ids;
        SequenceContract.Run(model, pass, sequence, ids[..SequenceContract.Prompt]);
        for (var i = SequenceContract.Prompt; i < ids.Length; i++) SequenceContract.Run(model, pass, sequence, [ids[i]]);
        var counts = sequence.Schedule!.Counts;
        counts.Tokens.ShouldBe(ids.Length);
        foreach (var rows in counts.Rows) rows.ShouldBeLessThanOrEqualTo(ids.Length);
        counts.TotalRows.ShouldBeLessThan(ids.Length * counts.Rows.Length); // it saves something
    }

    [Theory]
    [MemberData(nameof(Schedules))]
    public void APolicyBesideItIsRefused(string name)
    {
        using var model = SequenceContract.Model();
        Should.Throw<ArgumentException>(() => model.NewSequence(Under(name) with { Policy = () => new Tessera.Context.Policies.Tova() })).Message.ShouldContain("schedule");
    }

    private static SequenceOptions Under(string name)
    {
        var method = MethodCatalogue.Find(name)!;
        const string fewest = "min-tokens"; // short prompts are usually not worth it
        var settings = method.Options.Any(o => o.Name == fewest) ? MethodSettings.None.With(fewest, "0") : MethodSettings.None;
        return SequenceOptions.Exact with { Schedule = () => method.Create<LayerSchedule>(settings) };
    }
}
