namespace Tessera.Learning.Training;

/// <summary>
/// The texts of the default model: public-domain prose, of which every <see cref="DefaultModel.HeldOutEvery"/>th page is held out.
/// </summary>
public static class DefaultTexts
{
    /// <summary>Characters of a page.</summary>
    public const int PageLength = 4_096;

    /// <summary>Cuts documents into pages and shares them out.</summary>
    /// <param name="documents">The documents.</param>
    /// <returns>The runs of pages to train on, and the held-out pages.</returns>
    public static (IReadOnlyList<string> Training, IReadOnlyList<string> HeldOut) Split(IEnumerable<string> documents)
    {
        ArgumentNullException.ThrowIfNull(documents);
        var (training, heldOut) = (new List<string>(), new List<string>());
        var page = 0;
        foreach (var document in documents)
        {
            var start = 0; // of the run of training pages that is not written yet
            for (var at = 0; at < document.Length; at += PageLength)
            {
                if (++page % DefaultModel.HeldOutEvery != 0) continue;
                if (at > start) training.Add(document[start..at]);
                start = Math.Min(at + PageLength, document.Length);
                heldOut.Add(document[at..start]);
            }

            if (start < document.Length) training.Add(document[start..]);
        }

        return (training, heldOut);
    }
}
