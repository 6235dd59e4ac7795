using Tessera.Models.Heads;
using Tessera.Models.Modules;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models;

/// <summary>Two stacks: an encoder reads a source text whole, a decoder writes an answer and attends to it in every layer (T5).</summary>
public sealed class EncoderDecoderModel : Model
{
    private readonly IReadOnlyDictionary<string, Parameter> _parameters;

    /// <summary>Puts a model together.</summary>
    /// <param name="source">The file or directory that it came from.</param>
    /// <param name="encoder">The encoder.</param>
    /// <param name="decoder">The decoder; its layers have cross attention.</param>
    /// <param name="head">The head.</param>
    /// <param name="parameters">Every weight of both stacks and the head.</param>
    /// <param name="files">What must stay open while the model lives; closed with it.</param>
    public EncoderDecoderModel(
        string source, Stack encoder, Stack decoder, LanguageHead head, IReadOnlyDictionary<string, Parameter> parameters, IDisposable? files = null)
        : base(source, files)
    {
        Encoder = encoder;
        Decoder = decoder;
        Head = head;
        _parameters = parameters;
    }

    /// <summary>The encoder.</summary>
    public Stack Encoder { get; }

    /// <summary>The decoder.</summary>
    public Stack Decoder { get; }

    /// <summary>The head.</summary>
    public LanguageHead Head { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Parameter> Parameters => _parameters;

    /// <summary>An empty sequence for the encoder.</summary>
    public Sequence NewSourceSequence() => new(Encoder, SequenceOptions.Exact);

    /// <summary>Runs the encoder over source texts. A sequence takes part in one pass.</summary>
    /// <param name="pass">The pass; its last results are released.</param>
    /// <param name="rows">The rows, of sequences from <see cref="NewSourceSequence"/>.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    /// <returns>The encoder's output, [rows, width], valid until the pass begins again.</returns>
    public Value Encode(Pass pass, RowBatch rows, CancellationToken cancellation = default) => Run(Encoder, pass, rows, cancellation);

    /// <summary>
    /// Projects an encoder's output for the decoder's cross attention. To train both stacks, ask for <see cref="SequenceOptions.Exact"/>, call
    /// <see cref="Pass.Continue"/> and run the decoder in the same pass; the source must live until the backward has run.
    /// </summary>
    /// <param name="pass">The pass that ran the encoder.</param>
    /// <param name="encoded">Its output.</param>
    /// <param name="first">The source's first row in it.</param>
    /// <param name="count">The source's rows.</param>
    /// <param name="options">How keys and values are kept; the defaults if null.</param>
    public EncodedSource Remember(Pass pass, Value encoded, int first, int count, SequenceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(pass);
        options ??= SequenceOptions.Default;
        int[] rows = [.. Enumerable.Range(first, count)];
        int[] positions = [.. Enumerable.Range(0, count)];
        var source = pass.Select(encoded, rows);
        var memories = new CrossMemory[Decoder.Blocks.Count];
        for (var layer = 0; layer < memories.Length; layer++)
        {
            var attention = ((TransformerBlock)Decoder.Blocks[layer]).CrossAttention!.Attention;
            var contents = new KeyValueState(attention.KvHeads, attention.HeadSize, options: options.KeyValues, pool: options.Pages);
            var (keys, values) = (pass.Linear(source, attention.Key), pass.Linear(source, attention.Value));
            contents.Append(keys.Span, values.Span, positions);
            memories[layer] = new CrossMemory(contents) { Taped = pass.Records ? new TapedMemory(pass, pass.Run, keys, values) : null };
        }

        return new EncodedSource(memories, count);
    }

    /// <summary>An empty decoder sequence that reads a source.</summary>
    /// <param name="source">The source; it must outlive the sequence.</param>
    /// <param name="options">Formats and bounds; the defaults if null.</param>
    public Sequence NewSequence(EncodedSource source, SequenceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new Sequence(Decoder, options, source.Memories);
    }

    /// <summary>Runs rows through the decoder.</summary>
    /// <param name="pass">The pass; its last results are released.</param>
    /// <param name="rows">The rows, of sequences from <see cref="NewSequence"/>.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    /// <returns>The head's input, [rows, width], valid until the pass begins again.</returns>
    public Value Decode(Pass pass, RowBatch rows, CancellationToken cancellation = default) => Run(Decoder, pass, rows, cancellation);

    /// <summary>The logits of chosen rows of the decoder.</summary>
    /// <param name="pass">The pass that ran them.</param>
    /// <param name="hidden">What <see cref="Decode"/> returned.</param>
    /// <param name="rows">Which rows, in the order wanted.</param>
    public Value Logits(Pass pass, Value hidden, ReadOnlySpan<int> rows)
    {
        ArgumentNullException.ThrowIfNull(pass);
        return Head.Logits(pass, Chosen(pass, hidden, rows));
    }
}
