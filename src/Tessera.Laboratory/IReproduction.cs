namespace Tessera.Laboratory;

/// <summary>
/// The small-scale experiment of a method: what the paper claims, measured here on a model at hand. It fixes its seeds, so that two runs
/// differ in times alone. It draws nothing and prints nothing: it returns figures.
/// </summary>
public interface IReproduction
{
    /// <summary>The method's name in the catalogue.</summary>
    string Method { get; }

    /// <summary>What is measured and how, in plain words, for the head of the report.</summary>
    string Summary { get; }

    /// <summary>Runs the experiment.</summary>
    /// <param name="context">The model, the texts and the seed.</param>
    /// <param name="progress">Told what share of the work is done and what is going on.</param>
    /// <param name="cancellation">Seen between steps and within a layer.</param>
    /// <exception cref="ArgumentException">The model or the texts are of no use for it; the message says what is needed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    Task<ReproductionReport> RunAsync(ReproductionContext context, IProgress<ReproductionProgress> progress, CancellationToken cancellation);
}
