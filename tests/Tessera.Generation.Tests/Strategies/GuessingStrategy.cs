using System.Runtime.CompilerServices;

namespace Tessera.Generation.Tests.Strategies;

/// <summary>Drafts a chain that a function guesses from the history, and verifies it by replaying the draws.</summary>
internal sealed class GuessingStrategy(Func<int[], int[]> guess) : Strategy
{
    public override string Name => "guessing";

    public override bool NeedsTrees => true;

    public override async IAsyncEnumerable<TokenStep> RunAsync(StrategyContext context, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var step = context.Choose(context.Logits.Span);
        yield return step;
        while (step.Stop is null)
        {
            int[] chain = [step.Id, .. guess(context.Tokens.ToArray()).Take(context.Room - 1)];
            context.Memory(this, () => new List<int>()).Add(chain.Length);
            context.Report.CountDrafted(chain.Length - 1);
            context.Report.Count("rounds");
            var rows = await context.RunTreeAsync(chain, Enumerable.Range(-1, chain.Length).ToArray(), cancellation);
            var kept = 1;
            try
            {
                while (true)
                {
                    step = context.Choose(rows.Span.Slice((kept - 1) * context.VocabularySize, context.VocabularySize), chain.AsSpan(kept, kept < chain.Length ? 1 : 0));
                    yield return step;
                    if (step.Stop is not null || step.Origin != TokenOrigin.Accepted) break;
                    kept++;
                }
            }
            finally
            {
                context.CommitPath([.. Enumerable.Range(0, kept)]);
            }
        }
    }
}
