using Tessera.Tensors;

namespace Tessera.Models.Attention;

/// <summary>The working memory of attention calls, kept by whoever makes them in sequence (a pass), so that nothing is allocated after the first ones.</summary>
public sealed class AttentionScratch : IDisposable
{
    private Arena[] _workers = [];
    private nint[] _gathered = [];

    internal Arena Shared { get; } = new();

    internal AttentionSpan[] Spans { get; private set; } = [];

    internal int SpanCount { get; private set; }

    internal AttentionObservations?[] Observations { get; private set; } = [];

    internal AttentionItem[] Items { get; private set; } = [];

    internal int ItemCount { get; private set; }

    /// <summary>Bytes of native memory held.</summary>
    public long Bytes => Shared.CapacityBytes + _workers.Sum(w => w.CapacityBytes);

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        Shared.Dispose();
        foreach (var worker in _workers) worker.Dispose();
        _workers = [];
    }

    internal Arena Worker(int worker) => _workers[worker];

    internal void Begin(ReadOnlySpan<AttentionSpan> spans, int workers)
    {
        Shared.Reset();
        ItemCount = 0;
        SpanCount = spans.Length;
        if (Spans.Length < spans.Length) Spans = new AttentionSpan[spans.Length * 2];
        spans.CopyTo(Spans);
        if (_gathered.Length < spans.Length)
        {
            _gathered = new nint[Spans.Length];
            Observations = new AttentionObservations?[Spans.Length];
        }

        Array.Clear(_gathered, 0, spans.Length);
        if (_workers.Length >= workers) return;
        var before = _workers.Length;
        var grown = new Arena[workers];
        _workers.CopyTo(grown, 0);
        for (var w = before; w < workers; w++) grown[w] = new Arena();
        _workers = grown;
    }

    internal void End()
    {
        Array.Clear(Spans, 0, SpanCount); // drops references to states
        Array.Clear(Observations, 0, SpanCount);
    }

    internal unsafe void SetGathered(int span, GatheredHead* heads) => _gathered[span] = (nint)heads;

    internal unsafe GatheredHead* Gathered(int span, int head) => _gathered[span] == 0 ? null : (GatheredHead*)_gathered[span] + head;

    internal void ClearItems() => ItemCount = 0;

    internal void Add(in AttentionItem item)
    {
        if (ItemCount == Items.Length)
        {
            var items = Items;
            Array.Resize(ref items, Math.Max(16, ItemCount * 2));
            Items = items;
        }

        Items[ItemCount++] = item;
    }
}
