using Tessera.Models.Heads;
using Tessera.Models.Modules;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models;

/// <summary>A decoder: rows of tokens in, hidden rows and logits of the next token out.</summary>
public sealed class LanguageModel : Model
{
    /// <summary>Puts a model together.</summary>
    /// <param name="source">The file or directory that it came from.</param>
    /// <param name="stack">The decoder.</param>
    /// <param name="head">The head.</param>
    /// <param name="files">What must stay open while the model lives; closed with it.</param>
    public LanguageModel(string source, Stack stack, LanguageHead head, IDisposable? files = null) : base(source, files)
    {
        Stack = stack;
        Head = head;
    }

    /// <summary>The decoder.</summary>
    public Stack Stack { get; }

    /// <summary>The head.</summary>
    public LanguageHead Head { get; }

    /// <summary>Logits in a row.</summary>
    public int VocabularySize => Head.VocabularySize;

    /// <summary>Longest sequence that the model was made for.</summary>
    public int ContextLength => Stack.Config.MaxPositions;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Parameter> Parameters => Stack.Parameters;

    /// <summary>An empty sequence.</summary>
    /// <param name="options">Formats and bounds; the defaults if null.</param>
    public Sequence NewSequence(SequenceOptions? options = null) => new(Stack, options);

    /// <summary>The door: runs rows through the model. Their sequences grow by them, or stay as they were if it throws.</summary>
    /// <param name="pass">The pass; its last results are released.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    /// <returns>The head's input, [rows, width], valid until the pass begins again.</returns>
    /// <exception cref="ArgumentException">A sequence belongs to another model, or a token or position is outside it.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Value Run(Pass pass, RowBatch rows, CancellationToken cancellation = default) => Run(Stack, pass, rows, cancellation);

    /// <summary>The logits of chosen rows.</summary>
    /// <param name="pass">The pass that ran them.</param>
    /// <param name="hidden">What <see cref="Run"/> returned.</param>
    /// <param name="rows">Which rows of the batch, in the order wanted.</param>
    /// <exception cref="InvalidOperationException">A schedule stopped one of the rows on its way.</exception>
    /// <exception cref="ArgumentException">The rows' sequences have different heads: ask for those of each head.</exception>
    /// <returns>[rows, vocabulary of the head], valid until the pass begins again.</returns>
    public Value Logits(Pass pass, Value hidden, ReadOnlySpan<int> rows)
    {
        ArgumentNullException.ThrowIfNull(pass);
        LanguageHead? head = null;
        foreach (var row in rows)
        {
            var own = HeadOf((pass.Schedules?.Whole ?? pass.Rows).SequenceOf(row));
            if (head is not null && head != own) throw new ArgumentException("The rows' sequences have different heads: ask for the rows of each head by themselves.", nameof(rows));
            head = own;
        }

        return (head ?? Head).Logits(pass, Chosen(pass, hidden, rows));
    }

    /// <summary>The head that a sequence's logits come from: its own, or the model's.</summary>
    /// <param name="sequence">The sequence.</param>
    public LanguageHead HeadOf(Sequence sequence)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        return sequence.Head ?? Head;
    }

    /// <summary>The logits of the last row: what a decoding loop asks for.</summary>
    /// <param name="pass">The pass that ran it.</param>
    /// <param name="hidden">What <see cref="Run"/> returned.</param>
    public Value LastLogits(Pass pass, Value hidden) => Logits(pass, hidden, [pass.Schedules is { } schedules ? schedules.RowCount - 1 : hidden.Rows - 1]);
}
