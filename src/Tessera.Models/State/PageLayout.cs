using Tessera.Tensors;

namespace Tessera.Models.State;

/// <summary>
/// What a page holds: 32 slots of one KV head, as a plane of keys, a plane of values, then the slots' positions, token indices and,
/// where asked for, accumulators.
/// </summary>
internal sealed unsafe class PageLayout
{
    private readonly int _valueOffset;
    private readonly int _positionOffset;

    internal PageLayout(int headSize, int valueSize, KeyValueOptions options)
    {
        Options = options;
        Keys = new PagePlane(options.KeyFormat, headSize, transposed: true, "Keys");
        Values = new PagePlane(options.ValueFormat, valueSize, transposed: false, "Values");
        _valueOffset = Keys.ByteLength;
        _positionOffset = _valueOffset + Values.ByteLength;
        ByteLength = _positionOffset + PagePlane.Slots * (options.Accumulators ? 3 : 2) * sizeof(int);
    }

    internal KeyValueOptions Options { get; }

    internal PagePlane Keys { get; }

    internal PagePlane Values { get; }

    internal int ByteLength { get; }

    internal static byte* KeysOf(Page page) => page.Data;

    internal byte* ValuesOf(Page page) => page.Data + _valueOffset;

    internal int* Positions(Page page) => (int*)(page.Data + _positionOffset);

    internal int* Tokens(Page page) => Positions(page) + PagePlane.Slots;

    internal float* Accumulators(Page page) => (float*)(Tokens(page) + PagePlane.Slots);

    internal void CopySlot(Page source, int sourceSlot, Page target, int targetSlot)
    {
        Keys.Copy(KeysOf(source), sourceSlot, KeysOf(target), targetSlot);
        Values.Copy(ValuesOf(source), sourceSlot, ValuesOf(target), targetSlot);
        Positions(target)[targetSlot] = Positions(source)[sourceSlot];
        Tokens(target)[targetSlot] = Tokens(source)[sourceSlot];
        if (Options.Accumulators) Accumulators(target)[targetSlot] = Accumulators(source)[sourceSlot];
    }
}
