using System.Globalization;
using System.Text.Unicode;
using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Coding;
using Tessera.Tokenizers.Compression;

namespace Tessera.Generation.Compression;

/// <summary>
/// Codes text by what a language model says of each token (Delétang et al., "Language Modeling Is Compression", arXiv 2309.10668). Coder and decoder must
/// compute the same bits: the same weights, arithmetic and kernels, which <see cref="Identity"/> names and a container records; threads and batches make no
/// difference. A block that the tokenizer can't give back byte by byte is left to the byte model. Not thread-safe.
/// </summary>
public sealed class LanguageModelCoder : BlockCoder, IDisposable
{
    private const string Kind = "language model 1";
    private const int Block = 1 << 13, CountBits = 19;
    private const int RowsPerPass = 64; // of logits: 12 MiB for a vocabulary of 49,152

    private static readonly EncodeOptions s_plain = EncodeOptions.PlainText;

    private readonly LanguageModel _model;
    private readonly Tokenizer _tokenizer;
    private readonly Pass _pass;
    private readonly Sequence _sequence;
    private readonly RowBatch _rows = new();
    private readonly TokenFrequencies _frequencies;
    private readonly float[] _next; // logits of the token to come
    private readonly int _context, _start;

    /// <summary>Creates a coder at the start of a text. Reads all weights, to hash them.</summary>
    /// <param name="package">The model; not disposed with the coder.</param>
    /// <param name="options">How it computes; the defaults if null.</param>
    /// <exception cref="UnsupportedFeatureException">The model does not continue text, or has no tokenizer.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The context is too short.</exception>
    public LanguageModelCoder(ModelPackage package, LanguageCoderOptions? options = null)
        : this((package ?? throw new ArgumentNullException(nameof(package))).Language, package.Text.Tokenizer, options)
    {
    }

    /// <summary>Creates a coder at the start of a text. Reads all weights, to hash them.</summary>
    /// <param name="model">The model; not disposed with the coder.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="options">How it computes; the defaults if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">The context is too short.</exception>
    public LanguageModelCoder(LanguageModel model, Tokenizer tokenizer, LanguageCoderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        options ??= LanguageCoderOptions.Default;
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Context, LanguageCoderOptions.FewestContext, nameof(options));
        (_model, _tokenizer) = (model, tokenizer);
        _context = Math.Min(options.Context, model.ContextLength);
        _start = (tokenizer.SpecialTokens.BeginOfSequence ?? tokenizer.SpecialTokens.EndOfSequence) is { } id && id < model.VocabularySize ? id : 0;
        _next = new float[model.VocabularySize];
        _frequencies = new TokenFrequencies(model.VocabularySize);
        var exact = options.Arithmetic == Arithmetic.Exact;
        var sequences = exact ? SequenceOptions.Exact : SequenceOptions.Default;
        _pass = new Pass(new PassOptions { Arithmetic = options.Arithmetic, Pool = options.Pool });
        _sequence = model.NewSequence(sequences);
        Identity =
        [
            new("coder", Kind), new("model", ModelIdentity.HashOf(model, tokenizer)), new("arithmetic", exact ? "exact" : "fast"),
            new("context", _context.ToString(CultureInfo.InvariantCulture)), new("kernels", MachineProbe.Kernels), new("logits", ModelIdentity.Probe(model, _pass, sequences)),
        ];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, string>> Identity { get; }

    /// <inheritdoc/>
    public override int BlockBytes => Block;

    /// <summary>The coder that a container asks for, with arithmetic and context as it says.</summary>
    /// <param name="package">The model.</param>
    /// <param name="container">The container.</param>
    /// <param name="pool">The threads; the process's pool if null.</param>
    /// <exception cref="UnsupportedFeatureException">The container was written by another kind of coder. Whether it is the same model is seen when it is decoded.</exception>
    public static LanguageModelCoder For(ModelPackage package, TextDecompressor container, ComputePool? pool = null)
    {
        ArgumentNullException.ThrowIfNull(container);
        Arithmetic? arithmetic = container.Fact("arithmetic") switch { "exact" => Arithmetic.Exact, "fast" => Arithmetic.Fast, _ => null };
        var hasContext = int.TryParse(container.Fact("context"), NumberStyles.None, CultureInfo.InvariantCulture, out var context) && context >= LanguageCoderOptions.FewestContext;
        if (container.Fact("coder") != Kind || arithmetic is null || !hasContext)
            throw new UnsupportedFeatureException("compressed text", $"the coder '{container.Fact("coder")}'", "It was not written by a language model that this program can use.");
        return new LanguageModelCoder(package, new LanguageCoderOptions { Arithmetic = arithmetic.Value, Context = context, Pool = pool });
    }

    /// <inheritdoc/>
    public override int Cut(ReadOnlySpan<byte> text)
    {
        if (text.Length < Block) return text.Length;
        var line = text.LastIndexOf((byte)'\n') + 1;
        if (line > Block / 2) return line;
        var blank = text.LastIndexOf((byte)' '); // words begin with their blank
        if (blank > Block / 2) return blank;
        var end = text.Length;
        while (end > text.Length - 4 && (text[end - 1] & 0xC0) == 0x80) end--; // whole characters
        return text[end - 1] >= 0xC0 ? end - 1 : end;
    }

    /// <inheritdoc/>
    public override bool TryEncode(ReadOnlySpan<byte> block, ArithmeticEncoder encoder, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        if (!TrySpell(block, out var ids, out var hasBlank))
        {
            Skip(block);
            return false;
        }

        encoder.EncodeUniform((uint)ids.Length, CountBits);
        encoder.EncodeUniform(hasBlank ? 1u : 0, 1);
        for (int at = 0, count; at < ids.Length; at += count)
        {
            MakeRoom(cancellation);
            count = Math.Min(Math.Min(RowsPerPass, _context - _sequence.Length), ids.Length - at);
            var part = ids.AsSpan(at, count);
            Encode(_next, part[0], encoder);
            var logits = Run(part, cancellation);
            for (var row = 0; row < count - 1; row++) Encode(logits.Slice(row * _next.Length, _next.Length), part[row + 1], encoder);
            logits[^_next.Length..].CopyTo(_next);
        }

        if (encoder.Length + ArithmeticEncoder.MostEnd < block.Length) return true;
        Skip(block);
        return false;
    }

    /// <inheritdoc/>
    public override void Decode(Span<byte> block, ArithmeticDecoder decoder, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        var count = decoder.DecodeUniform(CountBits);
        var blank = (int)decoder.DecodeUniform(1);
        if (count > block.Length) throw Wrong($"{block.Length:N0} bytes can't have {count:N0} tokens");
        var at = -blank; // the place of the next byte
        for (var i = 0; i < count; i++)
        {
            MakeRoom(cancellation);
            _frequencies.Set(_next);
            var id = _frequencies.Decode(decoder);
            var bytes = _tokenizer.TokenBytes(id);
            if (at + bytes.Length > block.Length) throw Wrong("the tokens have more bytes than the block");
            foreach (var value in bytes)
            {
                if (at >= 0) block[at] = value;
                at++;
            }

            Run([id], cancellation).CopyTo(_next);
        }

        if (at != block.Length) throw Wrong("the tokens have fewer bytes than the block");
    }

    /// <inheritdoc/>
    public override void Skip(ReadOnlySpan<byte> block) => _sequence.Truncate(0);

    /// <summary>Frees the scratch and the state.</summary>
    public void Dispose()
    {
        _sequence.Dispose();
        _pass.Dispose();
    }

    // Tokens whose bytes are the block's, possibly behind a blank that the tokenizer puts in front of a text.
    private bool TrySpell(ReadOnlySpan<byte> block, out int[] ids, out bool hasBlank)
    {
        (ids, hasBlank) = ([], false);
        if (!Utf8.IsValid(block)) return false;
        ids = _tokenizer.EncodeToIds(block, s_plain);
        if (ids.Length > block.Length || Array.Exists(ids, id => id >= _next.Length)) return false;
        var bytes = _tokenizer.DecodeToBytes(ids);
        hasBlank = bytes.Length == block.Length + 1 && bytes[0] == ' ';
        return bytes.AsSpan(hasBlank ? 1 : 0).SequenceEqual(block);
    }

    // Before the next token runs: a text's first follows the start token; behind a full context the last half of it is read anew.
    private void MakeRoom(CancellationToken cancellation)
    {
        if (_sequence.Length > 0 && _sequence.Length < _context) return;
        var tail = _sequence.Length == 0 ? [_start] : _sequence.Tokens[^(_context / 2)..].ToArray();
        var begins = _sequence.Length == 0;
        _sequence.Truncate(0);
        for (var at = 0; at < tail.Length; at += RowsPerPass)
        {
            var logits = Run(tail.AsSpan(at, Math.Min(RowsPerPass, tail.Length - at)), cancellation, lastOnly: true);
            if (begins) logits.CopyTo(_next); // otherwise the next token is foretold from the whole context
        }
    }

    private Span<float> Run(ReadOnlySpan<int> ids, CancellationToken cancellation, bool lastOnly = false)
    {
        _rows.Clear();
        _rows.Add(_sequence, ids);
        var hidden = _model.Run(_pass, _rows, cancellation);
        return (lastOnly ? _model.LastLogits(_pass, hidden) : _model.Logits(_pass, hidden, [.. Enumerable.Range(0, ids.Length)])).Span;
    }

    private void Encode(ReadOnlySpan<float> logits, int id, ArithmeticEncoder encoder)
    {
        _frequencies.Set(logits);
        _frequencies.Encode(id, encoder);
    }

    private static MalformedInputException Wrong(string reason) => new("compressed text", "a block of tokens", reason);
}
