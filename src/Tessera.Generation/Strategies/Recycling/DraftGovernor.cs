namespace Tessera.Generation;

/// <summary>
/// Says how likely a candidate is to be the next token: by its rank, by what the first candidate rests on, and by whether the step before
/// went to a first candidate as well (a copy goes on, prose does not). It counts along the text, which costs nothing: after a token is chosen it
/// can be looked up whether the matrix had it, drafted or not; so no passes are spent on probing.
/// </summary>
internal sealed class DraftGovernor
{
    // Counts fade by half in 34 tokens of their kind: a change from prose to a quotation is seen within a sentence.
    private const double Fade = 0.98;

    // A kind that was seen little is taken for the average of all, with this weight; the average begins with as many misses.
    private const double Weight = 2;

    private readonly int _ranks;
    private readonly double[] _hits; // [kind, rank]; the last kind counts all tokens
    private readonly double[] _trials = new double[2 * CandidateRanking.Grounds + 1];

    /// <summary>Begins without knowledge.</summary>
    /// <param name="ranks">Ranks that are told apart.</param>
    public DraftGovernor(int ranks)
    {
        _ranks = ranks;
        _hits = new double[_trials.Length * ranks];
        _trials[^1] = Weight;
    }

    /// <summary>Follows a token of the text.</summary>
    /// <param name="ground">What the candidates after the token before it rested on.</param>
    /// <param name="onCourse">Whether that token was a first candidate itself.</param>
    /// <param name="rank">Which candidate this one is; −1 for none.</param>
    public void See(int ground, bool onCourse, int rank)
    {
        Count(Kind(ground, onCourse), rank);
        Count(_trials.Length - 1, rank);
    }

    /// <summary>How likely the candidate of a rank is to follow.</summary>
    /// <param name="ground">What the candidates rest on.</param>
    /// <param name="onCourse">Whether their token was a first candidate itself.</param>
    /// <param name="rank">The rank.</param>
    public double Probability(int ground, bool onCourse, int rank)
    {
        var kind = Kind(ground, onCourse);
        var average = _hits[(_trials.Length - 1) * _ranks + rank] / _trials[^1];
        return (_hits[kind * _ranks + rank] + Weight * average) / (_trials[kind] + Weight);
    }

    private static int Kind(int ground, bool onCourse) => 2 * ground + (onCourse ? 1 : 0);

    private void Count(int kind, int rank)
    {
        var hits = _hits.AsSpan(kind * _ranks, _ranks);
        foreach (ref var hit in hits) hit *= Fade;
        _trials[kind] = _trials[kind] * Fade + 1;
        if (rank >= 0) hits[rank]++;
    }
}
