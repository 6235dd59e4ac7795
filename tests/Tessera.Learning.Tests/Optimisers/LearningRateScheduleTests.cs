using Tessera.Learning.Optimisers;

namespace Tessera.Learning.Tests.Optimisers;

public sealed class LearningRateScheduleTests
{
    public static TheoryData<ScheduleShape> Shapes => [.. Enum.GetValues<ScheduleShape>()];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void EveryShapeWarmsUpToThePeakAndNeverLeavesItsBounds(ScheduleShape shape)
    {
        var schedule = new LearningRateSchedule { Peak = 1, Minimum = 0.1, WarmupSteps = 4, TotalSteps = 40, Shape = shape };
        Enumerable.Range(0, 4).Select(schedule.At).ShouldBe([0.25, 0.5, 0.75, 1]);
        for (var step = 4; step < 60; step++) schedule.At(step).ShouldBeInRange(0.1, 1);
        for (var step = 5; step < 60; step++) schedule.At(step).ShouldBeLessThanOrEqualTo(schedule.At(step - 1));
        schedule.At(40).ShouldBe(shape == ScheduleShape.Constant ? 1 : 0.1, 1e-12);
        schedule.At(59).ShouldBe(schedule.At(40));
    }

    [Fact]
    public void TheMiddleOfACosineIsHalfWay() =>
        new LearningRateSchedule { Peak = 1, Minimum = 0.5, TotalSteps = 10 }.At(5).ShouldBe(0.75, 1e-12);

    [Fact]
    public void WarmupStableDecayHoldsThePeakUntilItsDecay()
    {
        var schedule = new LearningRateSchedule { Peak = 1, TotalSteps = 100, Shape = ScheduleShape.WarmupStableDecay, DecayStart = 0.8 };
        schedule.At(79).ShouldBe(1);
        schedule.At(85).ShouldBe(1 - Math.Sqrt(0.25), 1e-12);
    }

    [Fact]
    public void AWarmupFromZeroStartsAtZero()
    {
        var schedule = new LearningRateSchedule { Peak = 1, WarmupSteps = 4, TotalSteps = 8, WarmupFromZero = true };
        schedule.At(0).ShouldBe(0);
        schedule.At(4).ShouldBe(1);
    }
}
