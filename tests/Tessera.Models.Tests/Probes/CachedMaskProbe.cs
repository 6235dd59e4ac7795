using Tessera.Models.Attention;
using Tessera.Models.State;

namespace Tessera.Models.Tests.Probes;

/// <summary>A bit mask over cached slots: each row sees a subset of its own of what is cached and of the pass.</summary>
public sealed class CachedMaskProbe
{
    [Fact]
    public void ARowEqualsAPlainPassOverTheTokensThatItSees()
    {
        using var model = ToyModels.Language(ToyModels.Llama(layers: 1)); // one layer: keys and values know nothing of what other rows saw
        int[] ids = [.. Enumerable.Range(0, 45).Select(i => i * 11 % 61)];
        var random = new Random(2);
        bool[] mask = [.. Enumerable.Range(0, 5 * 45).Select(i => i % 45 == 40 + i / 45 || i % 45 < 40 + i / 45 && random.Next(3) > 0)];
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        ProbeRun.Logits(model, sequence, ids.AsSpan(0, 40));
        var logits = ProbeRun.Logits(model, sequence, ids.AsSpan(40), visibility: RowVisibility.FromMask(5, 40, mask));
        for (var row = 0; row < 5; row++)
        {
            int[] seen = [.. Enumerable.Range(0, 45).Where(column => mask[row * 45 + column])];
            var plain = ProbeRun.Alone(model, [.. seen.Select(t => ids[t])], positions: seen);
            logits.AsSpan(row * 61, 61).ToArray().ShouldBe(plain[^61..]);
        }

        sequence.Truncate(39);
        Should.Throw<ArgumentException>(() => ProbeRun.Logits(model, sequence, ids.AsSpan(39, 5), visibility: RowVisibility.FromMask(5, 40, mask)));
        sequence.Length.ShouldBe(39);
    }
}
