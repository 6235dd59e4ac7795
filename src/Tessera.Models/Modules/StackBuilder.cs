using System.Globalization;
using Tessera.Models.Architectures;
using Tessera.Models.Attention;
using Tessera.Tensors;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Modules;

/// <summary>
/// Binds weights to modules: takes a stack's description and the tensors under their canonical names, checks every shape, and gives the
/// stack. Knows no file format.
/// </summary>
public sealed class StackBuilder
{
    private readonly StackConfig _config;
    private readonly TensorSource _tensors;
    private readonly string _source;
    private readonly Dictionary<string, Parameter> _parameters = [];
    private readonly Dictionary<RotarySettings, RotaryTable> _rotary = [];
    private readonly List<string> _missing = [];

    /// <summary>Prepares a builder.</summary>
    /// <param name="config">What the stack is.</param>
    /// <param name="tensors">Gives the tensors by their canonical names.</param>
    /// <param name="source">The file's name, for errors.</param>
    public StackBuilder(StackConfig config, TensorSource tensors, string source)
    {
        _config = config;
        _tensors = tensors;
        _source = source;
    }

    /// <summary>Parameters of another stack of the same model, whose weights of the same name are the same (T5's embedding).</summary>
    public IReadOnlyDictionary<string, Parameter> Shared { get; init; } = new Dictionary<string, Parameter>();

    /// <summary>The parameters bound so far, by name.</summary>
    public IReadOnlyDictionary<string, Parameter> Parameters => _parameters;

    /// <summary>Builds the stack.</summary>
    /// <exception cref="MalformedInputException">Tensors are missing (all of them are named) or have the wrong shape.</exception>
    public Stack Build()
    {
        var names = _config.Names;
        var width = _config.EmbeddingWidth;
        var embedding = Matrix(names.Embedding + ".weight", _config.VocabularySize, width);
        var positions = names.Positions is null ? null : Matrix(names.Positions + ".weight", _config.MaxPositions, width);
        var types = names.TokenTypes is null ? null : Matrix(names.TokenTypes + ".weight", _config.TokenTypes, width);
        var embeddingNorm = names.EmbeddingNorm is null ? null : Norm(names.EmbeddingNorm, width);
        var projection = width == _config.Width || names.EmbeddingProjection is null ? null : Linear(names.EmbeddingProjection, _config.Width, width, bias: true);
        var blocks = new Block[_config.Layers];
        for (var layer = 0; layer < blocks.Length && _missing.Count == 0; layer++) blocks[layer] = _config.Kind == LayerKind.Mamba ? Mamba(layer) : Transformer(layer);
        var finalNorm = names.FinalNorm is null ? null : Norm(names.FinalNorm, _config.Width);
        Complete();
        return new Stack
        {
            Config = _config, Embedding = embedding, PositionTable = positions, TokenTypeTable = types, EmbeddingNorm = embeddingNorm,
            EmbeddingProjection = projection, Blocks = blocks, FinalNorm = finalNorm, Parameters = _parameters,
        };
    }

    /// <summary>A linear map beside the stack (a head, a pooler) under its canonical name.</summary>
    /// <param name="name">The name without <c>.weight</c>.</param>
    /// <param name="outputs">Floats of an output row.</param>
    /// <param name="inputs">Floats of an input row.</param>
    /// <param name="bias">Whether it has a bias.</param>
    public LinearMap Linear(string name, int outputs, int inputs, bool bias) =>
        new(Matrix(name + ".weight", outputs, inputs), bias ? Vector(name + ".bias", outputs) : null);

    /// <summary>A norm under its canonical name.</summary>
    /// <param name="name">The name without <c>.weight</c>.</param>
    /// <param name="width">Floats that are normalised together.</param>
    public NormWeights Norm(string name, int width) => new(
        _config.Norm, Vector(name + ".weight", width), _config.Norm == NormKind.Layer ? Vector(name + ".bias", width) : null,
        _config.NormEpsilon, _config.NormGainOffset);

    /// <summary>A vector under its canonical name.</summary>
    public Parameter Vector(string name, int length) => Bind(name, [length]);

    /// <summary>Throws if any tensor asked for so far was missing.</summary>
    /// <exception cref="MalformedInputException">Tensors are missing; all of them are named.</exception>
    public void Complete()
    {
        if (_missing.Count > 0) throw new MalformedInputException(_source, "tensors", $"missing: {string.Join(", ", _missing)}");
    }

    private TransformerBlock Transformer(int layer)
    {
        var prefix = string.Format(CultureInfo.InvariantCulture, _config.Names.Layer, layer);
        NormWeights? At(NormSite site) => _config.Names.Norms.TryGetValue(site, out var name) ? Norm(prefix + name, _config.Width) : null;
        return new TransformerBlock
        {
            Attention = Attention(prefix, _config.Names.Attention, Rotary(layer), Rule(layer), RelativeBias()),
            CrossAttention = Cross(prefix),
            FeedForward = FeedForward(prefix),
            AttentionNorm = At(NormSite.Attention),
            AttentionOutputNorm = At(NormSite.AttentionOutput),
            AttentionResidualNorm = At(NormSite.AttentionResidual),
            FeedForwardNorm = At(NormSite.FeedForward),
            FeedForwardOutputNorm = At(NormSite.FeedForwardOutput),
            FeedForwardResidualNorm = At(NormSite.FeedForwardResidual),
            ResidualScale = _config.ResidualScale,
        };
    }

    private MambaBlock Mamba(int layer)
    {
        var sizes = _config.Mamba ?? throw new ArgumentException("A stack of Mamba layers needs their sizes.");
        var prefix = string.Format(CultureInfo.InvariantCulture, _config.Names.Layer, layer);
        var mixer = prefix + "mixer.";
        var (inner, rank, state) = (sizes.InnerWidth, sizes.TimeStepRank, sizes.StateSize);
        return new MambaBlock
        {
            Norm = Norm(prefix + _config.Names.Norms[NormSite.Attention], _config.Width),
            Mixer = new MambaWeights(
                sizes,
                Linear(mixer + "in_proj", 2 * inner, _config.Width, sizes.ProjectionBias),
                Bind(mixer + "conv1d.weight", [inner, 1, sizes.ConvolutionWidth]),
                sizes.ConvolutionBias ? Vector(mixer + "conv1d.bias", inner) : null,
                Linear(mixer + "x_proj", rank + 2 * state, inner, bias: false),
                Linear(mixer + "dt_proj", inner, rank, bias: true),
                Bind(mixer + "A_log", [inner, state]),
                Vector(mixer + "D", inner),
                Linear(mixer + "out_proj", _config.Width, inner, sizes.ProjectionBias)),
        };
    }

    private AttentionWeights Attention(string prefix, AttentionNames names, RotaryTable? rotary, AttentionRule rule, Parameter? ruleWeights)
    {
        var (queries, keys) = (_config.Heads * _config.HeadSize, _config.KvHeads * _config.HeadSize);
        NormWeights? HeadNorm(string name, int whole) => _config.QueryKeyNorm == QueryKeyNorm.None
            ? null
            : _config.QueryKeyNorm == QueryKeyNorm.Unit ? SoftplusRule.UnitNorm(_config.HeadSize)
            : Norm(prefix + name, _config.QueryKeyNorm == QueryKeyNorm.PerHead ? _config.HeadSize : whole);
        return new AttentionWeights(
            Linear(prefix + names.Query, queries, _config.Width, _config.QkvBias),
            Linear(prefix + names.Key, keys, _config.Width, _config.QkvBias),
            Linear(prefix + names.Value, keys, _config.Width, _config.QkvBias),
            Linear(prefix + names.Output, _config.Width, queries, _config.OutputBias),
            HeadNorm(names.QueryNorm, queries), HeadNorm(names.KeyNorm, keys),
            rotary, rule, ruleWeights, _config.Heads, _config.KvHeads, _config.HeadSize);
    }

    private FeedForwardWeights FeedForward(string prefix)
    {
        var names = _config.Names;
        var (width, hidden, bias) = (_config.Width, _config.FeedForwardWidth, _config.FeedForwardBias);
        return new FeedForwardWeights(
            _config.Gated ? Linear(prefix + names.Gate, hidden, width, bias) : null,
            Linear(prefix + names.Up, hidden, width, bias),
            // The hidden layer has the widest range of magnitudes in the network, so the fast mode keeps 16 bits of it.
            new LinearMap(
                Matrix(prefix + names.Down + ".weight", width, hidden, wide: true), bias ? Vector(prefix + names.Down + ".bias", width) : null),
            _config.Activation);
    }

    private CrossAttentionWeights? Cross(string prefix) => _config.Names.CrossAttention is not { } names ? null : new CrossAttentionWeights(
        Norm(prefix + _config.Names.Norms[NormSite.CrossAttention], _config.Width),
        Attention(prefix, names, rotary: null, new SoftmaxRule(_config.ScoreScale), ruleWeights: null));

    private AttentionRule Rule(int layer) => _config.Rule is { } given ? given
        : RelativeBias() is { } bias
        ? bias.Tensor.Count == 0 ? new SoftmaxRule(_config.ScoreScale) // the table is missing: Complete says so
            : new RelativeBiasRule(bias.Tensor, !_config.Causal, _config.RelativeMaxDistance, _config.ScoreScale)
        : new SoftmaxRule(_config.ScoreScale, _config.AttentionSoftcap)
        {
            // A window of w tokens reaches from a token back over w - 1 others.
            MaxDistance = _config.WindowOf(layer) is > 0 and var window ? window - 1 : null,
        };

    // One table for all layers of a stack.
    private Parameter? RelativeBias() => _config.Names.RelativeBias is { } name ? Bind(name + ".weight", [_config.RelativeBuckets, _config.Heads]) : null;

    private RotaryTable? Rotary(int layer)
    {
        if (_config.RotaryOf(layer) is not { } settings) return null;
        if (!_rotary.TryGetValue(settings, out var table)) _rotary[settings] = table = new RotaryTable(settings);
        return table;
    }

    private Parameter Matrix(string name, int rows, int columns, bool wide = false) => Bind(name, [rows, columns], wide);

    private Parameter Bind(string name, ReadOnlySpan<long> shape, bool wide = false)
    {
        if (_parameters.TryGetValue(name, out var known)) return known;
        if (Shared.TryGetValue(name, out known)) return _parameters[name] = known;
        var tensor = _tensors(name, shape);
        if (tensor is null)
        {
            _missing.Add(name);
            return new Parameter(name, Tensor.Create(TensorFormat.F32, 0)); // never used: Complete throws
        }

        if (!tensor.Shape.Span.SequenceEqual(shape))
        {
            throw new MalformedInputException(
                _source, name, $"has the shape [{string.Join(", ", tensor.Shape.ToArray())}]; the configuration asks for [{string.Join(", ", shape.ToArray())}]");
        }

        return _parameters[name] = new Parameter(name, tensor) { WideActivations = wide };
    }
}
