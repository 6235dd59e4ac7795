using Tessera.Models;
using Tessera.Models.Heads;
using Tessera.Models.Hooks;
using Tessera.Models.Passes;
using Tessera.Tensors.Autodiff;

namespace Tessera.Golden;

/// <summary>One pass of an encoder in exact mode, held open so that its heads can be asked.</summary>
internal sealed class EncoderRun : IDisposable
{
    private readonly EncoderModel _model;
    private readonly List<Tessera.Models.State.Sequence> _states = [];
    private readonly int[] _all;
    private readonly int[] _first;

    public EncoderRun(EncoderModel model, IReadOnlyList<ProbeRows> sequences, Capture? capture, HookTable? hooks, CancellationToken cancellation, Tape? tape = null)
    {
        _model = model;
        if (capture is not null)
        {
            hooks ??= new HookTable();
            foreach (var point in (ReadOnlySpan<HookPoint>)[HookPoint.Embed, HookPoint.ResidPost])
                hooks.Read(point, (in HookContext context, ReadOnlySpan<float> values) => capture.Values[(context.Point, context.Layer)] = values.ToArray());
        }

        Pass = new Pass(new PassOptions { Arithmetic = Tensors.Kernels.Arithmetic.Exact, Hooks = hooks, Tape = tape });
        var rows = new RowBatch();
        foreach (var sequence in sequences)
        {
            _states.Add(model.NewSequence());
            DecoderProbe.Add(rows, _states[^1], sequence);
        }

        Output = model.Run(Pass, rows, cancellation);
        Hidden = Output.Span.ToArray();
        _all = [.. Enumerable.Range(0, rows.Count)];
        _first = First(rows);
    }

    public Pass Pass { get; }

    /// <summary>The last layer's output, [rows, width].</summary>
    public Value Output { get; }

    public float[] Hidden { get; }

    public float[] Masked() => _model.MaskedLogits(Pass, Output, _all).Span.ToArray();

    public float[] Pooled() => _model.Pooled(Pass, Output, _first).Span.ToArray();

    public float[] NextSentence() =>
        Pass.Linear(_model.Pooled(Pass, Output, _first), _model.Heads.NextSentence ?? throw new GoldenFormatException("seq_relationship_logits", "the model has no such head")).Span.ToArray();

    /// <summary>Logits of the classes (or of the discriminator), of all rows or of the first of each sequence, as the head is.</summary>
    public float[] Classes() => Classifier.Logits(Pass, ClassRows).Span.ToArray();

    /// <summary>The head that gives classes.</summary>
    public ClassificationHead Classifier => _model.Heads.Classifier ?? _model.Heads.Discriminator ?? throw new GoldenFormatException("logits", "the model has no classifier");

    /// <summary>The rows that it takes.</summary>
    public Value ClassRows => Classifier.OfTokens ? Output : Pass.Select(Output, _first);

    /// <summary>The pooler's output as a value of the pass, for a loss.</summary>
    public Value PooledValue() => _model.Pooled(Pass, Output, _first);

    private static int[] First(RowBatch rows)
    {
        var first = new List<int>();
        foreach (var part in rows.Sequences) first.Add(part.First);
        return [.. first];
    }

    public void Dispose()
    {
        foreach (var state in _states) state.Dispose();
        Pass.Dispose();
    }
}
