using System.Runtime.CompilerServices;

namespace Tessera.Generation;

/// <summary>Chooses a token, hands it out, runs it, and again, until something says stop.</summary>
internal sealed class PlainStrategy : Strategy
{
    /// <inheritdoc/>
    public override string Name => "plain";

    /// <inheritdoc/>
    public override async IAsyncEnumerable<TokenStep> RunAsync(StrategyContext context, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var logits = context.Logits;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var step = context.Choose(logits.Span);
            yield return step;
            if (step.Stop is not null)
                yield break;
            logits = await context.RunAsync(step.Id, cancellation).ConfigureAwait(false);
        }
    }
}
