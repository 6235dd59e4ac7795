using Tessera.Context.Policies;
using Tessera.Models;
using Tessera.Models.State;
using Tessera.Models.Tests;

namespace Tessera.Context.Tests.Policies;

/// <summary>Measured bytes: a head holds the pages of its budget and at most one more.</summary>
public class CacheMemoryTests
{
    private const int PageSlots = 32;

    [Fact]
    public void AToyModelStaysWithinTheBudgetAndOnePageAHead()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        Check(model, [.. Enumerable.Range(0, 300).Select(i => i * 7 % 61)], prompt: 200, budget: 48);
    }

    [Fact]
    public void ARealModelStaysWithinTheBudgetAndOnePageAHead()
    {
        using var model = (LanguageModel)Model.Load(RealModel());
        Check(model, [.. Enumerable.Range(0, 120).Select(i => 100 + i * 7919 % 40_000)], prompt: 96, budget: 48);
    }

    private static void Check(LanguageModel model, int[] ids, int prompt, int budget)
    {
        using var sequence = model.NewSequence(SequenceOptions.Default with { Policy = () => new HeavyHitterOracle(budget) });
        using var pass = PolicyRun.NewPass();
        for (var at = 0; at < ids.Length; at += at == 0 ? prompt : 1)
        {
            PolicyRun.Step(model, pass, sequence, ids.AsSpan(at, at == 0 ? prompt : 1));
            foreach (var state in sequence.States.Cast<KeyValueState>())
            {
                var page = state.FullBytes / state.Heads / Pages(sequence.Length);
                state.SlotCount(0).ShouldBe(budget);
                state.Bytes.ShouldBeLessThanOrEqualTo(state.Heads * (Pages(budget) + 1) * page);
            }
        }

        sequence.Bytes.ShouldBeLessThan(CacheUse.Of(sequence).FullBytes);
    }

    private static long Pages(int slots) => (slots + PageSlots - 1) / PageSlots;

    private static string RealModel()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Tessera.slnx"))) folder = folder.Parent;
        var path = folder is null ? "" : Path.Combine(folder.Parent!.FullName, "shared", "models", "smollm2-135m-instruct");
        Assert.SkipUnless(Directory.Exists(path), "shared/models/smollm2-135m-instruct is absent beside the repository");
        return path;
    }
}
