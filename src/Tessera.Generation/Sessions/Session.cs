using System.Runtime.CompilerServices;
using Tessera.Models;
using Tessera.Models.State;

namespace Tessera.Generation;

/// <summary>
/// One sequence over a shared model. Each prompt is the whole history of tokens; what the session still holds of it is not run again, so
/// a conversation that grows, a prompt that is edited near its end and an answer that is taken back all cost only what is new. A sequence
/// that has reached the model's context ends; nothing is ever shifted or dropped behind the caller's back. Single-threaded: one
/// generation at a time.
/// </summary>
public sealed class Session : IDisposable
{
    private readonly IDecoder _decoder;
    private readonly ITokenText? _vocabulary;
    private readonly Candidates _candidates;
    private readonly StrategyMemory _memory = new();
    private IDecoderSequence _sequence;
    private int _running;
    private bool _disposed;

    /// <summary>Creates an empty session.</summary>
    /// <param name="decoder">The model; not disposed with the session.</param>
    /// <param name="vocabulary">What tokens stand for; without it steps carry no bytes and no text, and stop strings are an error.</param>
    public Session(IDecoder decoder, ITokenText? vocabulary = null)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        _decoder = decoder;
        _vocabulary = vocabulary;
        _candidates = new Candidates(decoder.VocabularySize);
        _sequence = decoder.NewSequence();
    }

    private Session(Session origin)
    {
        _decoder = origin._decoder;
        _vocabulary = origin._vocabulary;
        _candidates = new Candidates(origin._decoder.VocabularySize);
        _sequence = origin._sequence.Fork();
    }

    /// <summary>The most tokens that prompt and answer may have together.</summary>
    public int ContextLength => _decoder.ContextLength;

    /// <summary>The tokens that the session holds: a prompt that begins with them is run from there on.</summary>
    public ReadOnlySpan<int> Cached => _sequence.Tokens;

    /// <summary>What the session holds of its tokens in each layer, under whatever policy; null where the decoder can't tell.</summary>
    public CacheUse? CacheUse => _sequence.CacheUse;

    /// <summary>Continues a prompt.</summary>
    /// <param name="prompt">All tokens so far, at least one; copied.</param>
    /// <param name="options">How to choose and when to stop; the defaults if null.</param>
    /// <param name="cancellation">Seen within a layer; ends the enumeration by an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The answer, to be enumerated once.</returns>
    /// <exception cref="ArgumentException">The prompt is empty or holds a token that the model does not have.</exception>
    /// <exception cref="ResourceLimitException">The prompt leaves no room for an answer.</exception>
    /// <exception cref="UnsupportedFeatureException">The strategy runs draft trees, which the model's state does not take.</exception>
    public Generation GenerateAsync(ReadOnlySpan<int> prompt, GenerationOptions? options = null, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        options ??= new GenerationOptions();
        if (prompt.IsEmpty)
            throw new ArgumentException("A prompt has at least one token: the begin-of-text token, if nothing else.", nameof(prompt));
        foreach (var id in prompt)
        {
            if ((uint)id >= (uint)_decoder.VocabularySize)
                throw new ArgumentOutOfRangeException(nameof(prompt), id, $"Token {id} is not among the {_decoder.VocabularySize} of the model.");
        }

        if (options.StopStrings.Count > 0 && _vocabulary is null)
            throw new ArgumentException("Stop strings need a session that knows its vocabulary's text.", nameof(options));
        if (prompt.Length >= ContextLength)
        {
            throw new ResourceLimitException(
                "tokens of context (prompt and one token of answer)", prompt.Length + 1L, ContextLength, "Shorten the prompt; Tessera never drops parts of it unasked.");
        }

        if (options.Strategy.NeedsTrees && !_sequence.TakesTrees)
        {
            throw new UnsupportedFeatureException(
                options.Strategy.Name, "this strategy with a model whose layers keep no rows apart, or with a policy on its cache,", "Leave one of the two out.");
        }

        return new Generation(prompt, options, RunAsync, cancellation);
    }

    /// <summary>A second session that holds the same tokens and goes its own way from here.</summary>
    /// <exception cref="InvalidOperationException">A generation is running.</exception>
    public Session Fork()
    {
        Enter();
        try
        {
            return new Session(this);
        }
        finally
        {
            _running = 0;
        }
    }

    /// <summary>Writes what is held, so that a later process need not read the same prompt again (see <see cref="Load"/>).</summary>
    /// <param name="stream">Where to; some ten kilobytes a token for small models.</param>
    /// <exception cref="InvalidOperationException">A generation is running.</exception>
    /// <exception cref="NotSupportedException">What is held does not follow from the tokens: a policy, a schedule or steering decided it.</exception>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Enter();
        try
        {
            _sequence.Save(stream);
        }
        finally
        {
            _running = 0;
        }
    }

    /// <summary>Takes up what <see cref="Save"/> wrote: prompts that begin with its tokens are run from there on, with the same bits as if they had been read.</summary>
    /// <param name="stream">The stream.</param>
    /// <returns>Whether it fits; false, with the session as it was, where it comes from another model, adapter, cache format or kernel.</returns>
    /// <exception cref="InvalidOperationException">A generation is running.</exception>
    /// <exception cref="MalformedInputException">The stream holds something else, or is cut short.</exception>
    public bool Load(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Enter();
        try
        {
            (_memory.Owner, _memory.Value) = (null, null);
            return _sequence.Load(stream);
        }
        finally
        {
            _running = 0;
        }
    }

    /// <summary>Forgets everything that is held.</summary>
    /// <exception cref="InvalidOperationException">A generation is running.</exception>
    public void Reset()
    {
        Enter();
        _sequence.Dispose();
        _sequence = _decoder.NewSequence();
        (_memory.Owner, _memory.Value) = (null, null);
        _running = 0;
    }

    /// <summary>Frees what the model remembers of the sequence. A generation that is still being enumerated must have ended.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _sequence.Dispose();
    }

    /// <summary>Runs the prompt, then hands over to the strategy.</summary>
    private async IAsyncEnumerable<TokenStep> RunAsync(Generation run, [EnumeratorCancellation] CancellationToken cancellation)
    {
        Enter();
        try
        {
            run.Started();
            var chain = BuildChain(run.Options);
            run.CachedTokens = Reuse(run.Tokens);
            var logits = await _sequence.RunAsync(run.History.ToArray().AsMemory(run.CachedTokens), cancellation).ConfigureAwait(false);
            run.Prefilled();
            var context = new StrategyContext(run, chain, _vocabulary, _decoder, _sequence, _memory, logits);
            await foreach (var step in run.Options.Strategy.RunAsync(context, cancellation).ConfigureAwait(false))
                yield return step;
        }
        finally
        {
            run.Stop ??= StopReason.Cancelled;
            _running = 0;
            run.Ended?.Invoke(run);
        }
    }

    private SamplerChain BuildChain(GenerationOptions options)
    {
        var stages = options.Sampling.BuildStages();
        if (options.MinTokens > 0)
            stages.Insert(0, new MinNewTokens(options.MinTokens, options.StopIds));
        return new SamplerChain(stages, options.TopAlternatives, _candidates);
    }

    /// <summary>Cuts what is held back to where it agrees with a prompt, and to at least one token less: its logits are needed.</summary>
    /// <returns>How many tokens of the prompt are held.</returns>
    private int Reuse(ReadOnlySpan<int> prompt)
    {
        var held = Math.Min(_sequence.Tokens.CommonPrefixLength(prompt), prompt.Length - 1);
        if (held == _sequence.Tokens.Length)
            return held;
        try
        {
            _sequence.Truncate(held);
            return held;
        }
        catch (NotSupportedException) // a recurrent state cannot go back, nor can a cache that has dropped slots: begin again
        {
            _sequence.Dispose();
            _sequence = _decoder.NewSequence();
            return 0;
        }
    }

    private void Enter()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (Interlocked.Exchange(ref _running, 1) != 0)
            throw new InvalidOperationException("A session runs one generation at a time; end the other one first.");
    }
}
