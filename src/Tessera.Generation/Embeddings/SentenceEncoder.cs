using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tokenizers;

namespace Tessera.Generation;

/// <summary>
/// Texts to vectors whose cosine says how close they are in meaning: an encoder's rows, pooled (Sentence-BERT, arXiv 1908.10084), as
/// sentence-transformers computes it. Texts run together in ragged batches without padding, so that neighbours never change a vector. Not
/// thread-safe.
/// </summary>
public sealed class SentenceEncoder : IDisposable
{
    // Rows of a pass: enough for the matrix products to reach their speed, few enough for the activations to stay small.
    private const int RowsPerPass = 512;

    private readonly EncoderModel _model;
    private readonly Tokenizer _tokenizer;
    private readonly SentenceSettings _settings;
    private readonly EncodeOptions _encoding;
    private readonly Pass _pass;
    private readonly RowBatch _rows = new();
    private readonly List<Sequence> _sequences = [];

    /// <summary>Creates an encoder.</summary>
    /// <param name="package">The model with its tokenizer; stays the caller's.</param>
    /// <param name="settings">How rows become a vector; what the model's folder says if null.</param>
    /// <param name="passes">How passes compute; fast if null.</param>
    /// <exception cref="UnsupportedFeatureException">The model is no encoder, or has no tokenizer.</exception>
    public SentenceEncoder(ModelPackage package, SentenceSettings? settings = null, PassOptions? passes = null)
    {
        ArgumentNullException.ThrowIfNull(package);
        _model = package.Model as EncoderModel
            ?? throw new UnsupportedFeatureException(package.Model.Source, "embedding sentences with this kind of model", "It takes an encoder such as BERT.");
        _tokenizer = package.Text.Tokenizer;
        _settings = settings ?? (Path.Exists(package.Model.Source) ? SentenceSettings.Load(package.Model.Source) : new SentenceSettings());
        MaxTokens = Math.Min(_settings.MaxTokens ?? int.MaxValue, _model.Stack.Config.MaxTokens);
        _encoding = new EncodeOptions { Truncation = new TruncationOptions { MaxLength = MaxTokens } };
        _pass = new Pass(passes);
    }

    /// <summary>Components of a vector.</summary>
    public int Width => _model.Stack.Config.Width * _settings.Pooling.Count;

    /// <summary>The most tokens of a text, specials included; the rest of it is cut off.</summary>
    public int MaxTokens { get; }

    /// <summary>The vector of a text.</summary>
    /// <param name="text">The text; may be empty.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    /// <returns>[<see cref="Width"/>].</returns>
    public float[] Encode(string text, CancellationToken cancellation = default) => Encode([text], cancellation)[0];

    /// <summary>The vectors of texts.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    /// <returns>One vector a text, each [<see cref="Width"/>].</returns>
    public float[][] Encode(IReadOnlyList<string> texts, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var vectors = new float[texts.Count][];
        for (var done = 0; done < texts.Count;)
        {
            _rows.Clear();
            var first = done;
            for (; done < texts.Count && (done == first || _rows.Count < RowsPerPass); done++)
                _rows.Add(SequenceAt(done - first), Ids(texts[done]));
            var hidden = _model.Run(_pass, _rows, cancellation);
            foreach (var part in _rows.Sequences)
                vectors[first++] = Pool(hidden.Span.Slice(part.First * hidden.Width, part.Count * hidden.Width), part.Count, hidden.Width);
        }

        return vectors;
    }

    /// <summary>Frees the scratch; the model stays.</summary>
    public void Dispose()
    {
        foreach (var sequence in _sequences) sequence.Dispose();
        _pass.Dispose();
    }

    private int[] Ids(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = _tokenizer.Encode(_settings.LowerCase ? text.ToLowerInvariant() : text, null, _encoding).Ids;
        return ids.Length > 0 ? ids : throw new ArgumentException("A text without a token has no vector.", nameof(text));
    }

    private Sequence SequenceAt(int index)
    {
        if (index == _sequences.Count) _sequences.Add(_model.NewSequence());
        _sequences[index].Truncate(0);
        return _sequences[index];
    }

    private float[] Pool(ReadOnlySpan<float> rows, int count, int width)
    {
        var vector = new float[Width];
        for (var m = 0; m < _settings.Pooling.Count; m++)
        {
            var part = vector.AsSpan(m * width, width);
            for (var c = 0; c < width; c++) part[c] = Pool(_settings.Pooling[m], rows, count, width, c);
        }

        if (!_settings.Normalise) return vector;
        var square = 0.0;
        foreach (var value in vector) square += (double)value * value;
        var scale = 1 / Math.Max(Math.Sqrt(square), 1e-12); // torch.nn.functional.normalize's bound
        for (var c = 0; c < vector.Length; c++) vector[c] = (float)(vector[c] * scale);
        return vector;
    }

    // Component c of the rows, as one number; sums in double precision.
    private static float Pool(SentencePooling mode, ReadOnlySpan<float> rows, int count, int width, int c)
    {
        if (mode == SentencePooling.First) return rows[c];
        if (mode == SentencePooling.Last) return rows[(count - 1) * width + c];
        var (sum, weighted, most) = (0.0, 0.0, float.NegativeInfinity);
        for (var row = 0; row < count; row++)
        {
            var value = rows[row * width + c];
            sum += value;
            weighted += (row + 1) * (double)value;
            most = Math.Max(most, value);
        }

        return mode switch
        {
            SentencePooling.Max => most,
            SentencePooling.Mean => (float)(sum / count),
            SentencePooling.MeanOfRoot => (float)(sum / Math.Sqrt(count)),
            _ => (float)(weighted / (count * (count + 1.0) / 2)),
        };
    }
}
