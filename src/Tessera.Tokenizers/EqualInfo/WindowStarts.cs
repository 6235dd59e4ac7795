using System.Runtime.InteropServices;
using Tessera.Tokenizers.Coding;

namespace Tessera.Tokenizers.EqualInfo;

/// <summary>Where the symbols' intervals start after a context; those of contexts that were seen are kept, in bounded memory. Not thread-safe.</summary>
internal sealed class WindowStarts(IntegerByteModel model)
{
    private const int MostKept = 4096; // 4 MiB

    private readonly Dictionary<ulong, int[]> _kept = [];
    private readonly int[] _unkept = new int[model.Symbols + 1];

    /// <summary>The starts, and the total behind them.</summary>
    /// <param name="context">What the window holds so far.</param>
    public int[] After(ReadOnlySpan<byte> context)
    {
        if (context.Length > model.ContextLength) context = context[^model.ContextLength..];
        if (context.Length >= sizeof(ulong)) return Fill(_unkept, context);
        var key = 1UL; // tells "" from a zero
        foreach (var value in context) key = key << 8 | value;
        if (_kept.Count >= MostKept && !_kept.ContainsKey(key)) _kept.Clear();
        ref var starts = ref CollectionsMarshal.GetValueRefOrAddDefault(_kept, key, out _);
        return starts ??= Fill(new int[model.Symbols + 1], context);
    }

    private int[] Fill(int[] starts, ReadOnlySpan<byte> context)
    {
        model.Frequencies(context, starts.AsSpan(1));
        for (var i = 1; i < starts.Length; i++) starts[i] += starts[i - 1];
        return starts;
    }
}
