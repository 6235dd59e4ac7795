using Tessera.Fuzz;

namespace Tessera.Models.Tests.Files;

/// <summary>A short run of the fuzzer with every build; the long ones are recorded in docs/reliability.md.</summary>
public sealed class FuzzTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public static TheoryData<string> Kinds => [.. FuzzKinds.All.Select(k => k.Name)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void AShortRunFindsNothingAndComesDeepEnough(string name)
    {
        var output = new StringWriter();
        FuzzCommand.Run([name, "--count", "1000", "--seed", "20261126", "--findings", _folder.Path], output).ShouldBe(0, output.ToString());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void TheSameSeedAndNumberGiveTheSameInput(string name)
    {
        var kind = FuzzKinds.All.Single(k => k.Name == name);
        var inputs = Enumerable.Range(0, 50).Select(i => kind.Make(new FuzzDice(3, (uint)i))).ToArray();
        inputs.Select((bytes, i) => kind.Make(new FuzzDice(3, (uint)i)).AsSpan().SequenceEqual(bytes)).ShouldAllBe(same => same);
        inputs.Select(Convert.ToHexString).Distinct().Count().ShouldBeGreaterThan(30); // small inputs, such as templates, meet again
    }

    [Fact]
    public void AFindingIsReportedAndSaved()
    {
        var run = new FuzzRun(new Faulty(), 1, _folder.Path);
        run.Run(0, 3);
        run.Report.Findings.ShouldBe(3);
        File.ReadAllBytes(_folder["fuzz-faulty-1-2.bin"]).ShouldBe([7]);
        var output = new StringWriter();
        run.Report.Print(output, 1);
        output.ToString().ShouldContain("DivideByZeroException");
    }

    [Fact]
    public void AWrongCallIsExplained()
    {
        foreach (string[] args in new string[][] { [], ["nonsense"], ["gguf", "--count"], ["gguf", "--count", "-1"], ["gguf", "--colour", "1"] })
            FuzzCommand.Run(args, new StringWriter()).ShouldBe(2);
    }

    private sealed class Faulty : IFuzzKind
    {
        public string Name => "faulty";

        public string Description => "divides by zero";

        public byte[] Make(FuzzDice dice) => [7];

        public void Use(FuzzInput input) => throw new DivideByZeroException();

        public FuzzStage StageOf(TesseraException refusal) => FuzzStage.Header;
    }
}
