using Tessera.Models;

namespace Tessera.Generation;

/// <summary>
/// What a <see cref="Strategy"/> works with: the door to the model, and the way from a row of logits to a token step. Every token of an answer
/// goes through <see cref="Choose"/> or <see cref="Take"/>, in order; they apply the logits stages, tell them, grow the history and the text,
/// and say when to stop. It counts passes and drafts in <see cref="Report"/>. Serves one generation; single-threaded.
/// </summary>
public sealed class StrategyContext
{
    private readonly Generation _run;
    private readonly SamplerChain _chain;
    private readonly AnswerText _text;
    private readonly ITokenText? _vocabulary;
    private readonly IDecoder _decoder;
    private readonly IDecoderSequence _sequence;
    private readonly StrategyMemory _memory;
    private readonly int[] _next = new int[1];
    private string _lead; // of the text, until the first step has taken it along

    internal StrategyContext(
        Generation run, SamplerChain chain, ITokenText? vocabulary, IDecoder decoder, IDecoderSequence sequence, StrategyMemory memory, ReadOnlyMemory<float> logits)
    {
        (_run, _chain, _vocabulary, _decoder, _sequence, _memory) = (run, chain, vocabulary, decoder, sequence, memory);
        _text = new AnswerText(run.Options.StopStrings);
        _lead = _text.Add(run.Options.Lead.Span, last: false);
        Logits = logits;
    }

    /// <summary>The options of the answer.</summary>
    public GenerationOptions Options => _run.Options;

    /// <summary>Prompt and answer so far.</summary>
    public ReadOnlySpan<int> Tokens => _run.Tokens;

    /// <summary>How many of them are the prompt.</summary>
    public int PromptTokens => _run.PromptTokens;

    /// <summary>Logits in a row.</summary>
    public int VocabularySize => _decoder.VocabularySize;

    /// <summary>The logits of the first token of the answer, <c>[vocabulary]</c>; valid until the first pass.</summary>
    public ReadOnlyMemory<float> Logits { get; }

    /// <summary>How many tokens may still be generated before the answer or the context is full; a longer draft is of no use.</summary>
    public int Room => Math.Min(_decoder.ContextLength - _run.Tokens.Length, (_run.Options.MaxTokens ?? int.MaxValue) - _run.GeneratedTokens);

    /// <summary>What the strategy counts; the passes of <see cref="RunAsync"/> and <see cref="RunTreeAsync"/> are counted already.</summary>
    public GenerationReport Report => _run.Report;

    /// <summary>
    /// What the strategy remembers from one answer of the session to the next; made at the first call, forgotten when the session is reset or
    /// runs another strategy. A fork of the session begins without it.
    /// </summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="strategy">The strategy that asks.</param>
    /// <param name="create">Makes it.</param>
    public T Memory<T>(Strategy strategy, Func<T> create)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(create);
        if (!ReferenceEquals(_memory.Owner, strategy) || _memory.Value is not T)
            (_memory.Owner, _memory.Value) = (strategy, create());
        return (T)_memory.Value;
    }

    /// <summary>Runs one token that continues the sequence.</summary>
    /// <param name="token">The token.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    /// <returns>The logits of the token after it; valid until the next pass.</returns>
    public ValueTask<ReadOnlyMemory<float>> RunAsync(int token, CancellationToken cancellation)
    {
        _next[0] = token;
        Report.CountPass(1);
        return _sequence.RunAsync(_next, cancellation);
    }

    /// <summary>Runs a draft tree; <see cref="CommitPath"/> must follow. See <see cref="IDecoderSequence.RunTreeAsync"/>.</summary>
    /// <param name="tokens">The rows' tokens.</param>
    /// <param name="parents">The row that each row follows, −1 for the sequence's last token.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    /// <returns>The logits after each row, <c>[rows, vocabulary]</c>; valid until the next pass.</returns>
    public ValueTask<ReadOnlyMemory<float>> RunTreeAsync(ReadOnlyMemory<int> tokens, ReadOnlyMemory<int> parents, CancellationToken cancellation)
    {
        Report.CountPass(tokens.Length);
        return _sequence.RunTreeAsync(tokens, parents, cancellation);
    }

    /// <summary>Keeps one path of the tree that was run last.</summary>
    /// <param name="rows">Its rows; see <see cref="IDecoderSequence.CommitPath"/>.</param>
    public void CommitPath(ReadOnlySpan<int> rows) => _sequence.CommitPath(rows);

    /// <summary>
    /// Draws the next token: stages, the draw of this position, and everything that follows from it. What is drawn depends on the logits, the
    /// history, the seed and the position alone, never on the drafted tokens: a drafted token that equals the draw is verified exactly.
    /// </summary>
    /// <param name="logits">The model's row for the next position, <c>[vocabulary]</c>.</param>
    /// <param name="drafted">Tokens that were drafted for this position and whose rows have been run; empty for none.</param>
    /// <returns>The step, to be yielded.</returns>
    public TokenStep Choose(ReadOnlySpan<float> logits, ReadOnlySpan<int> drafted = default)
    {
        var context = Context;
        var choice = _chain.Choose(logits, context);
        var accepted = drafted.Contains(choice.Id);
        if (accepted) Report.CountAccepted();
        return Step(choice, context, accepted ? TokenOrigin.Accepted : TokenOrigin.Sampled);
    }

    /// <summary>Takes a token that the strategy has settled on itself.</summary>
    /// <param name="logits">The model's row for the next position.</param>
    /// <param name="token">The token.</param>
    /// <param name="origin">How it came about.</param>
    /// <returns>The step, to be yielded, with the token's statistics under both distributions.</returns>
    public TokenStep Take(ReadOnlySpan<float> logits, int token, TokenOrigin origin)
    {
        var context = Context;
        if (origin == TokenOrigin.Accepted) Report.CountAccepted();
        return Step(_chain.Describe(logits, token, context), context, origin);
    }

    /// <summary>The distribution of the next token after all stages, for strategies that draw from it in their own way.</summary>
    /// <param name="logits">The model's row for the next position.</param>
    /// <returns>The candidates that are left; valid until the next call of this object.</returns>
    public Candidates Distribution(ReadOnlySpan<float> logits) => _chain.Apply(logits, Context);

    private StageContext Context => new(_run.Tokens, _run.PromptTokens, _run.Options.Sampling.Seed, _run.Options.SequenceIndex);

    private TokenStep Step(in TokenChoice choice, in StageContext context, TokenOrigin origin)
    {
        var options = _run.Options;
        var position = context.Position;
        _chain.Accept(choice.Id, context);
        _run.History.Add(choice.Id);

        var ends = options.StopIds.Contains(choice.Id);
        var full = _run.GeneratedTokens == options.MaxTokens || _run.History.Count == _decoder.ContextLength;
        var bytes = _vocabulary?.Bytes(choice.Id) ?? default;
        var shown = !ends && (options.ShowControlTokens || _vocabulary?.IsControl(choice.Id) != true);
        var released = _text.Stopped ? _lead : _lead + _text.Add(shown ? bytes.Span : default, last: ends || full);
        _lead = "";
        _run.Stepped(released);
        _run.Stop = ends ? StopReason.EndOfText
            : _text.Stopped ? StopReason.StopString
            : _run.GeneratedTokens == options.MaxTokens ? StopReason.MaxTokens
            : full ? StopReason.ContextFull
            : null;
        return new TokenStep
        {
            Id = choice.Id,
            Position = position,
            Bytes = bytes,
            Text = released,
            Raw = choice.Raw,
            Processed = choice.Processed,
            RawAlternatives = Possible(_chain.RawAlternatives),
            ProcessedAlternatives = Possible(_chain.ProcessedAlternatives),
            Origin = origin,
            Stop = _run.Stop,
        };
    }

    private static TokenAlternative[] Possible(ReadOnlySpan<TokenAlternative> alternatives)
    {
        var count = alternatives.Length;
        while (count > 0 && alternatives[count - 1].Id < 0)
            count--;
        return alternatives[..count].ToArray();
    }
}
