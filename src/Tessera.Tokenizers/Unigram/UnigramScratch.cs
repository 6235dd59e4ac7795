namespace Tessera.Tokenizers.Unigram;

/// <summary>Working memory of the search for the best segmentation: per end position the best score, the start and the token of its last piece.</summary>
internal sealed class UnigramScratch
{
    /// <summary>Best score up to each position.</summary>
    public double[] Scores { get; private set; } = new double[64];

    /// <summary>Where the last piece of the best path starts; −1 where no path ends.</summary>
    public int[] Starts { get; private set; } = new int[64];

    /// <summary>The token of that piece.</summary>
    public int[] Tokens { get; private set; } = new int[64];

    /// <summary>The ends of the pieces of the best path, last first.</summary>
    public List<int> Path { get; } = [];

    /// <summary>Makes room for a text and empties what was there.</summary>
    public void Start(int length)
    {
        if (Scores.Length <= length)
        {
            Scores = new double[2 * length + 1];
            Starts = new int[2 * length + 1];
            Tokens = new int[2 * length + 1];
        }

        Starts.AsSpan(0, length + 1).Fill(-1);
        Scores[0] = 0;
        Path.Clear();
    }
}
