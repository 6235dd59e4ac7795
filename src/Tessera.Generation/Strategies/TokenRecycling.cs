using System.Runtime.CompilerServices;

namespace Tessera.Generation;

/// <summary>
/// Drafts without a draft model: the candidates that every pass computes anyway are remembered for each token and drafted as a tree the next
/// time the token comes, all in one pass (Luo et al. 2024). A drafted token counts only if it equals the token that is drawn in its place, from
/// the model's own row, under the same stages and the same random number; so the answer is that of plain decoding, token for token, at any
/// temperature. How much is drafted follows what pays on this machine and text.
/// </summary>
[Method("token-recycling", "Turning Trash into Treasure: Accelerating Inference of Large Language Models with Token Recycling", "2408.08696", 2024, MethodStage.Strategy)]
public sealed class TokenRecycling : Strategy
{
    // Passes after which one runs without a draft, so that costs keep their measure.
    private const int PassesPerMeasure = 32;

    private readonly TokenRecyclingOptions _options;

    /// <summary>Creates the strategy.</summary>
    /// <param name="options">Settings; the defaults if null.</param>
    public TokenRecycling(TokenRecyclingOptions? options = null) => _options = options ?? new TokenRecyclingOptions();

    /// <inheritdoc/>
    public override string Name => "token-recycling";

    /// <inheritdoc/>
    public override bool NeedsTrees => true;

    /// <summary>The clock that passes are timed with. Default the system's.</summary>
    public TimeProvider Clock { get; init => field = value ?? throw new ArgumentNullException(nameof(Clock)); } = TimeProvider.System;

    /// <inheritdoc/>
    public override async IAsyncEnumerable<TokenStep> RunAsync(StrategyContext context, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var state = context.Memory(this, () => new State(_options, context.VocabularySize));
        state.Begin(context.Tokens);
        var step = context.Choose(context.Logits.Span);
        state.Follow(context.Tokens);
        yield return step;
        for (var pass = 1; step.Stop is null; pass++)
        {
            cancellation.ThrowIfCancellationRequested();
            var draft = state.Draft(context.Tokens, context.Room - 1, measure: pass % PassesPerMeasure == 0);
            var start = Clock.GetTimestamp();
            if (draft.Count == 1)
            {
                var logits = await context.RunAsync(step.Id, cancellation).ConfigureAwait(false);
                state.Costs.Measure(1, Clock.GetElapsedTime(start));
                step = context.Choose(logits.Span);
                state.Learn(context.Tokens, logits.Span);
                yield return step;
                continue;
            }

            context.Report.CountDrafted(draft.Count - 1);
            var rows = await context.RunTreeAsync(draft.Tokens, draft.Parents, cancellation).ConfigureAwait(false);
            state.Costs.Measure(draft.Count, Clock.GetElapsedTime(start));
            try
            {
                bool goesOn;
                do
                {
                    step = context.Choose(rows.Span.Slice(draft.Row * context.VocabularySize, context.VocabularySize), draft.Drafted);
                    goesOn = step.Stop is null && draft.Advance(step.Id);
                    if (!goesOn) state.Learn(context.Tokens, rows.Span);
                    yield return step;
                }
                while (goesOn);
            }
            finally
            {
                context.CommitPath(draft.Path);
            }
        }
    }

    /// <summary>What is remembered from pass to pass and from answer to answer.</summary>
    private sealed class State
    {
        private readonly TokenRecyclingOptions _options;
        private readonly CandidateRanking _ranking;
        private readonly TextFollowers _text;
        private readonly DraftGovernor _governor;
        private readonly RecycledDraft _draft;
        private readonly int[] _ranked;
        private bool _onCourse; // whether the last token was a first candidate

        public State(TokenRecyclingOptions options, int vocabulary)
        {
            var template = options.Adaptive ? DraftTemplate.Deep : DraftTemplate.Paper;
            _options = options;
            _text = new TextFollowers(vocabulary, options.Occurrences);
            _ranking = new CandidateRanking(new AdjacencyMatrix(vocabulary, Math.Min(options.Candidates, vocabulary)), options.Occurrences > 0 ? _text : null);
            _governor = new DraftGovernor(template.Width);
            _draft = new RecycledDraft(template, _ranking);
            _ranked = new int[template.Width];
        }

        public PassCosts Costs { get; } = new();

        public void Begin(ReadOnlySpan<int> prompt)
        {
            _text.Replace(prompt);
            _onCourse = false;
        }

        // Tokens that have been chosen since: at which rank would each have stood?
        public void Follow(ReadOnlySpan<int> tokens)
        {
            Span<int> context = stackalloc int[TextFollowers.LongestMatch];
            for (var at = _text.Text.Length; at < tokens.Length; at++)
            {
                var length = Math.Min(context.Length, at);
                for (var i = 0; i < length; i++) context[i] = tokens[at - 1 - i];
                var ground = _ranking.Rank(context[..length], _ranked);
                var rank = _ranked.AsSpan().IndexOf(tokens[at]);
                _governor.See(ground, _onCourse, rank);
                _onCourse = rank == 0;
                _text.Append(tokens[at]);
            }
        }

        public RecycledDraft Draft(ReadOnlySpan<int> tokens, int depth, bool measure)
        {
            if (!_options.Adaptive) _draft.Fill(tokens, depth, _options.Nodes);
            else _draft.FillPaying(tokens, _onCourse, measure || !Costs.IsMeasured ? 0 : depth, _options.Nodes, _governor, Costs);
            return _draft;
        }

        // The rank of what was chosen is looked up before the pass's own rows tell.
        public void Learn(ReadOnlySpan<int> tokens, ReadOnlySpan<float> rows)
        {
            Follow(tokens);
            _draft.Learn(rows);
        }
    }
}
