using System.Globalization;
using Tessera.Context;
using Tessera.Context.Policies;

namespace Tessera.Golden;

/// <summary>kvpress's names for policies that act once, after the prompt.</summary>
internal static class Presses
{
    /// <summary>The policy that a case describes: <c>{"type", "compression_ratio", …}</c>.</summary>
    public static EvictionPolicy Of(GoldenValue press, CachePositions positions = CachePositions.Keep)
    {
        var type = press["type"].AsString();
        if (type == "KeyRerotationPress") return Of(press["press"], CachePositions.Rebase);
        if (press.Find("compression_ratio") is not { } ratio) throw new NotCoveredException($"no policy does what {type} does");
        return Of(type, 1 - ratio.AsDouble(), press, positions);
    }

    /// <summary>SnapKV, taken from the catalogue by its name.</summary>
    public static ScoredPolicy SnapKv(double budget, int window, int kernel, CachePositions positions = CachePositions.Keep)
    {
        if (positions != CachePositions.Keep) throw new NotCoveredException("SnapKV keeps positions");
        var method = ContextMethods.All.FirstOrDefault(m => m.Name == "snapkv") ?? throw new NotCoveredException("the catalogue has no snapkv");
        var settings = MethodSettings.None.With("budget", budget.ToString("R", CultureInfo.InvariantCulture))
            .With("window", window.ToString(CultureInfo.InvariantCulture)).With("kernel", kernel.ToString(CultureInfo.InvariantCulture));
        return method.Create<ScoredPolicy>(settings);
    }

    private static EvictionPolicy Of(string type, double share, GoldenValue press, CachePositions positions) => type switch
    {
        "KnormPress" => new KeyNorm(share) { Positions = positions },
        "KeyDiffPress" => new KeyDiff(share) { Positions = positions },
        "TOVAPress" => new Tova(share, keepNewest: true, EvictionTime.AfterPrompt) { Positions = positions },
        "ObservedAttentionPress" => new ObservedAttention(share) { Positions = positions },
        "StreamingLLMPress" => new StreamingLlm(share, press["n_sink"].AsInt(), positions, EvictionTime.AfterPrompt),
        "SnapKVPress" => SnapKv(share, press["window_size"].AsInt(), press["kernel_size"].AsInt(), positions),
        _ => throw new NotCoveredException($"no policy does what {type} does"),
    };
}
