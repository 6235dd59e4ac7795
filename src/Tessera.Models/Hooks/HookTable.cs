using Tessera.Models.Passes;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Hooks;

/// <summary>
/// The hooks of a pass, by point and layer. Reading hooks leave results as they are, bit for bit; editing and replacing ones change what
/// is computed and cached from there on, so a sequence that ran under them is not the plain sequence any more.
/// Called on the thread that runs the pass, in the order in which they were added.
/// </summary>
public sealed class HookTable
{
    private readonly List<Entry>[] _entries = new List<Entry>[Enum.GetValues<HookPoint>().Length];

    private readonly record struct Entry(int From, int To, ReadHook? Read, EditHook? Edit, ReplaceHook? Replace);

    /// <summary>Whether any hook changes activations.</summary>
    public bool Edits { get; private set; }

    /// <summary>Adds a hook that reads.</summary>
    /// <param name="point">Where.</param>
    /// <param name="hook">The hook.</param>
    /// <param name="fromLayer">First layer; ignored for points outside the layers.</param>
    /// <param name="toLayer">Last layer, inclusive.</param>
    public void Read(HookPoint point, ReadHook hook, int fromLayer = 0, int toLayer = int.MaxValue) =>
        Add(point, new Entry(fromLayer, toLayer, hook, null, null));

    /// <summary>Adds a hook that changes activations in place.</summary>
    /// <param name="point">Where.</param>
    /// <param name="hook">The hook.</param>
    /// <param name="fromLayer">First layer; ignored for points outside the layers.</param>
    /// <param name="toLayer">Last layer, inclusive.</param>
    public void Edit(HookPoint point, EditHook hook, int fromLayer = 0, int toLayer = int.MaxValue)
    {
        Edits = true;
        Add(point, new Entry(fromLayer, toLayer, null, hook, null));
    }

    /// <summary>Adds a hook that replaces activations by a value of the pass.</summary>
    /// <param name="point">Where.</param>
    /// <param name="hook">The hook.</param>
    /// <param name="fromLayer">First layer; ignored for points outside the layers.</param>
    /// <param name="toLayer">Last layer, inclusive.</param>
    public void Replace(HookPoint point, ReplaceHook hook, int fromLayer = 0, int toLayer = int.MaxValue)
    {
        Edits = true;
        Add(point, new Entry(fromLayer, toLayer, null, null, hook));
    }

    /// <summary>The points that have a hook.</summary>
    internal IEnumerable<HookPoint> Points => Enum.GetValues<HookPoint>().Where(p => _entries[(int)p] is not null);

    internal Value Run(Pass pass, HookPoint point, int layer, Value activations)
    {
        var entries = _entries[(int)point];
        if (entries is null) return activations;
        var context = new HookContext(point, layer, pass.Rows);
        foreach (var entry in entries)
        {
            if (layer >= 0 && (layer < entry.From || layer > entry.To)) continue;
            entry.Read?.Invoke(context, activations.Span);
            entry.Edit?.Invoke(context, activations.Span);
            if (entry.Replace is { } replace) activations = replace(pass, context, activations);
        }

        return activations;
    }

    private void Add(HookPoint point, Entry entry)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(entry.From);
        ArgumentOutOfRangeException.ThrowIfLessThan(entry.To, entry.From);
        (_entries[(int)point] ??= []).Add(entry);
    }
}
