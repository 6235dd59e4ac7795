using Tessera.Context.Selection;
using Tessera.Context.Tests.Policies;
using Tessera.Models.Attention;

namespace Tessera.Context.Tests.Selection;

public class QuestTests
{
    [Fact]
    public void ABudgetForAllChunksIsPlainAttention() =>
        PolicyRun.ShouldBeSame(PolicyRun.Logits(new Quest(96, 8, fullLayers: 0), PolicyRun.Ids, 50), PolicyRun.Logits((IAttentionPolicy?)null, PolicyRun.Ids, 50));

    [Fact]
    public void AFewChunksAreNotTheWholeText()
    {
        var few = PolicyRun.Logits(new Quest(8, 4, fullLayers: 0), PolicyRun.Ids, 50);
        var plain = PolicyRun.Logits((IAttentionPolicy?)null, PolicyRun.Ids, 50);
        few[0].ShouldBe(plain[0]); // the prompt reads everything
        few[1].ShouldNotBe(plain[1]);
    }

    [Fact]
    public void OptionsOutOfRangeAreRefused()
    {
        Should.Throw<ArgumentException>(() => new Quest(budget: 0));
        Should.Throw<ArgumentException>(() => new Quest(chunk: 0));
        Should.Throw<ArgumentException>(() => new Quest(fullLayers: -1));
    }
}
