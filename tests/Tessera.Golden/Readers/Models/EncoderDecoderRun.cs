using Tessera.Models;
using Tessera.Models.Hooks;
using Tessera.Models.Modules;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Golden;

/// <summary>One source read by an encoder in exact mode, and decoder rows run behind it.</summary>
internal sealed class EncoderDecoderRun : IDisposable
{
    private readonly EncoderDecoderModel _model;
    private readonly EncodedSource _source;

    /// <summary>Reads a source; what the hooks see goes into <see cref="Encoder"/>.</summary>
    public EncoderDecoderRun(EncoderDecoderModel model, int[] ids, CancellationToken cancellation)
    {
        _model = model;
        SourceLength = ids.Length;
        using var pass = DecoderProbe.NewPass(Reading(Encoder));
        using var sequence = model.NewSourceSequence();
        var rows = new RowBatch();
        rows.Add(sequence, ids);
        var encoded = model.Encode(pass, rows, cancellation);
        Encoded = encoded.Span.ToArray();
        _source = model.Remember(pass, encoded, 0, ids.Length, SequenceOptions.Exact);
    }

    public int SourceLength { get; }

    public Capture Encoder { get; } = new();

    /// <summary>The encoder's output behind its final norm.</summary>
    public float[] Encoded { get; }

    /// <summary>Runs all decoder rows at once.</summary>
    public Capture Decode(int[] ids, CancellationToken cancellation)
    {
        var capture = new Capture();
        using var sequence = _model.NewSequence(_source, SequenceOptions.Exact);
        capture.Logits = Decode(sequence, ids, Reading(capture), cancellation);
        return capture;
    }

    /// <summary>A fresh decoder sequence over the source.</summary>
    public Sequence NewSequence() => _model.NewSequence(_source, SequenceOptions.Exact);

    /// <summary>Runs decoder rows behind what a sequence holds.</summary>
    public float[] Decode(Sequence sequence, ReadOnlySpan<int> ids, HookTable? hooks, CancellationToken cancellation)
    {
        using var pass = DecoderProbe.NewPass(hooks);
        var rows = new RowBatch();
        rows.Add(sequence, ids);
        return _model.Head.Logits(pass, _model.Decode(pass, rows, cancellation)).Span.ToArray();
    }

    /// <summary>
    /// The weights of a layer's cross attention, [heads, target, source], read out as <see cref="DecoderProbe.AttentionWeights"/> does: the
    /// memory of the layer is filled with the right keys and unit vectors for values.
    /// </summary>
    public float[] CrossWeights(int layer, int[] target, CancellationToken cancellation)
    {
        var attention = ((TransformerBlock)_model.Decoder.Blocks[layer]).CrossAttention!.Attention;
        var (heads, size) = (attention.Heads, attention.HeadSize);
        var weights = new float[heads * target.Length * SourceLength];
        var keys = Keys(attention);
        for (var first = 0; first < SourceLength; first += size)
        {
            var (from, to) = (first, Math.Min(SourceLength, first + size));
            var values = new float[SourceLength * attention.KvHeads * size];
            for (var key = from; key < to; key++)
            {
                for (var head = 0; head < attention.KvHeads; head++) values[(key * attention.KvHeads + head) * size + key - from] = 1;
            }

            using var contents = new KeyValueState(attention.KvHeads, size, options: KeyValueOptions.Full);
            contents.Append(keys, values, [.. Enumerable.Range(0, SourceLength)]);
            var memories = _source.Memories.ToArray();
            memories[layer] = new CrossMemory(contents);
            var hooks = new HookTable();
            hooks.Read(HookPoint.CrossHeadOut, (in HookContext _, ReadOnlySpan<float> output) =>
            {
                for (var row = 0; row < target.Length; row++)
                {
                    for (var head = 0; head < heads; head++)
                    {
                        for (var key = from; key < to; key++) weights[(head * target.Length + row) * SourceLength + key] = output[(row * heads + head) * size + key - from];
                    }
                }
            }, layer, layer);
            using var sequence = new Sequence(_model.Decoder, SequenceOptions.Exact, memories);
            Decode(sequence, target, hooks, cancellation);
        }

        return weights;
    }

    public void Dispose() => _source.Dispose();

    private float[] Keys(AttentionWeights attention)
    {
        using var pass = DecoderProbe.NewPass(null);
        using var sequence = _model.NewSourceSequence();
        var rows = new RowBatch();
        rows.Add(sequence, new int[SourceLength]);
        pass.Begin(rows);
        var x = _model.Encoder.Embed(pass); // only for rows of the right shape: the encoder's output takes their place
        Encoded.CopyTo(x.Span);
        return pass.Linear(x, attention.Key).Span.ToArray();
    }

    private static HookTable Reading(Capture capture)
    {
        var hooks = new HookTable();
        foreach (var point in (ReadOnlySpan<HookPoint>)[HookPoint.Embed, HookPoint.ResidPost, HookPoint.FinalNorm])
            hooks.Read(point, (in HookContext context, ReadOnlySpan<float> values) => capture.Values[(context.Point, context.Layer)] = values.ToArray());
        return hooks;
    }
}
