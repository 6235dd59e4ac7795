using Tessera.Models.Heads;
using Tessera.Models.Modules;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;

namespace Tessera.Models;

/// <summary>An encoder: every row sees every other row of its sequence. Gives hidden rows, and what its heads make of them.</summary>
public sealed class EncoderModel : Model
{
    private readonly IReadOnlyDictionary<string, Parameter> _parameters;

    /// <summary>Puts a model together.</summary>
    /// <param name="source">The file or directory that it came from.</param>
    /// <param name="stack">The encoder.</param>
    /// <param name="heads">Its heads.</param>
    /// <param name="parameters">Every weight of the stack and the heads.</param>
    /// <param name="files">What must stay open while the model lives; closed with it.</param>
    public EncoderModel(string source, Stack stack, EncoderHeads heads, IReadOnlyDictionary<string, Parameter> parameters, IDisposable? files = null)
        : base(source, files)
    {
        Stack = stack;
        Heads = heads;
        _parameters = parameters;
    }

    /// <summary>The encoder.</summary>
    public Stack Stack { get; }

    /// <summary>The heads that the file has.</summary>
    public EncoderHeads Heads { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Parameter> Parameters => _parameters;

    /// <summary>An empty sequence; F32, since an encoder reads its keys once and keeps none.</summary>
    public Sequence NewSequence() => new(Stack, SequenceOptions.Exact);

    /// <summary>Runs rows through the encoder. A sequence takes part in one pass: what it holds afterwards can't be continued.</summary>
    /// <param name="pass">The pass; its last results are released.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    /// <returns>[rows, width], valid until the pass begins again.</returns>
    public Value Run(Pass pass, RowBatch rows, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        foreach (var part in rows.Sequences)
        {
            if (part.FirstToken != 0) throw new ArgumentException("An encoder's rows see each other, so a sequence can't be continued; clear it first.", nameof(rows));
        }

        return Run(Stack, pass, rows, cancellation);
    }

    /// <summary>The pooler's output for chosen rows (BERT: the first of each sequence): tanh(W·h + b).</summary>
    /// <exception cref="NotSupportedException">The model has no pooler.</exception>
    public Value Pooled(Pass pass, Value hidden, ReadOnlySpan<int> rows)
    {
        ArgumentNullException.ThrowIfNull(pass);
        var pooler = Heads.Pooler ?? throw new NotSupportedException($"{Source} has no pooler.");
        return pass.Activate(pass.Linear(pass.Select(hidden, rows), pooler), ActivationFunction.Tanh);
    }

    /// <summary>The masked-language-model head's logits for chosen rows, [rows, vocabulary].</summary>
    /// <exception cref="NotSupportedException">The model has no such head.</exception>
    public Value MaskedLogits(Pass pass, Value hidden, ReadOnlySpan<int> rows)
    {
        ArgumentNullException.ThrowIfNull(pass);
        var head = Heads.Masked ?? throw new NotSupportedException($"{Source} has no masked-language-model head.");
        var h = pass.Activate(pass.Linear(pass.Select(hidden, rows), head.Transform), head.Activation);
        return pass.Linear(pass.Norm(h, head.Norm), head.Decoder);
    }

    /// <summary>
    /// The classes' logits for chosen rows: any rows where tokens have classes, the first of each sequence where sequences have them
    /// (<see cref="ClassificationHead.OfTokens"/>).
    /// </summary>
    /// <returns>[rows, classes], in the order of <see cref="ClassificationHead.Labels"/>.</returns>
    /// <exception cref="NotSupportedException">The model has no classifier.</exception>
    public Value Classify(Pass pass, Value hidden, ReadOnlySpan<int> rows)
    {
        ArgumentNullException.ThrowIfNull(pass);
        var head = Heads.Classifier ?? throw new NotSupportedException($"{Source} has no classifier.");
        return head.Logits(pass, pass.Select(hidden, rows));
    }
}
