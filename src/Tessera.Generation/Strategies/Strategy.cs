namespace Tessera.Generation;

/// <summary>
/// How the tokens of an answer are found: one pass a token, drafts and their verification, and whatever else there is. A strategy is a plain
/// loop that awaits the door of its <see cref="StrategyContext"/>, asks it to choose tokens, and yields each as a step; samplers, penalties,
/// stop conditions and statistics work inside the context, the same for every strategy. A strategy holds settings only and may be shared by
/// sessions and threads; what it learns of a sequence it keeps in <see cref="StrategyContext.Memory"/>.
/// </summary>
public abstract class Strategy
{
    /// <summary>One pass for one token: the default.</summary>
    public static Strategy Plain { get; } = new PlainStrategy();

    /// <summary>The strategy's name, as people type it.</summary>
    public abstract string Name { get; }

    /// <summary>Whether it runs draft trees. A session over a model that takes none refuses it by name.</summary>
    public virtual bool NeedsTrees => false;

    /// <summary>
    /// Finds tokens until a step says stop. The prompt has been run; when the loop ends, in whatever way, the sequence must hold nothing but
    /// a leading part of <see cref="StrategyContext.Tokens"/>. Steps are chosen as they are asked for, none ahead of the reader.
    /// </summary>
    /// <param name="context">The sequence, the options, and the way to choose.</param>
    /// <param name="cancellation">Ends it by an <see cref="OperationCanceledException"/>.</param>
    public abstract IAsyncEnumerable<TokenStep> RunAsync(StrategyContext context, CancellationToken cancellation);
}
