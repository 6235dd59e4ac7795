namespace Tessera.Generation;

/// <summary>
/// One step between a model's logits and the choice of a token: it changes logits of the <see cref="Candidates"/> or drops some of them.
/// A stage is built once, outside the loop, and is a pure function of the candidates, the history and the random key in its context;
/// then it can be shared by sequences and threads. A stage that must remember more overrides <see cref="Fork"/>,
/// <see cref="Accept"/> and <see cref="Truncate"/> so that a sequence can be forked and rolled back with it.
/// </summary>
public abstract class LogitsStage
{
    /// <summary>The stage's name in reports and error messages, for example <c>top-k</c>.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// Applies the stage. It must leave at least one candidate; a stage that sets a logit to −∞ calls
    /// <see cref="Candidates.DropImpossible"/> afterwards.
    /// </summary>
    /// <param name="candidates">The tokens that are still possible, with their logits.</param>
    /// <param name="context">The sequence so far and the source of random numbers.</param>
    public abstract void Apply(Candidates candidates, in StageContext context);

    /// <summary>Tells the stage that a token now follows the history; nothing to do for a pure stage.</summary>
    /// <param name="token">The token that was chosen or forced.</param>
    /// <param name="context">The context in which it was chosen: its history does not hold the token yet.</param>
    public virtual void Accept(int token, in StageContext context)
    {
    }

    /// <summary>Forgets everything that <see cref="Accept"/> told about positions from <paramref name="length"/> on.</summary>
    /// <param name="length">The length of the history that remains.</param>
    public virtual void Truncate(int length)
    {
    }

    /// <summary>A stage in the same state for a second sequence: itself where there is no state.</summary>
    public virtual LogitsStage Fork() => this;
}
