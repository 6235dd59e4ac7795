using Tessera.Models;
using Tessera.Tokenizers;

namespace Tessera.Generation;

/// <summary>From a model's row to the probabilities of the tokens that may follow a list.</summary>
internal static class TokenLaw
{
    // A token less probable than this is judged by its neighbour alone instead of by the whole piece of text: some hundred tokens are left to be
    // looked at closely, of tens of thousands.
    private const double Negligible = 1e-6;

    // In a vocabulary this small all are looked at closely.
    private const int SmallVocabulary = 4_096;

    /// <summary>Fills in a list's law and the probability of the end behind it.</summary>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="tail">The list's tail.</param>
    /// <param name="scores">The model's row.</param>
    /// <param name="validity">What becomes of lists that no text has.</param>
    /// <param name="law">Receives the probabilities in the order of the vocabulary's table.</param>
    /// <returns>The end's probability.</returns>
    /// <exception cref="LogitsException">The row describes no distribution.</exception>
    public static double Fill(ByteVocabulary vocabulary, TokenTail tail, ReadOnlySpan<double> scores, ByteValidity validity, Span<double> law)
    {
        var most = double.NegativeInfinity;
        for (var place = 0; place < law.Length; place++) most = Math.Max(most, scores[vocabulary.Id(place)]);
        foreach (var end in vocabulary.EndIds) most = Math.Max(most, scores[end]);
        if (!double.IsFinite(most)) throw new LogitsException(-1, double.IsNegativeInfinity(most) ? "no text and no end can follow" : "an entry is no number");

        var (sum, ends) = (0.0, 0.0);
        for (var place = 0; place < law.Length; place++) sum += law[place] = Math.Exp(scores[vocabulary.Id(place)] - most);
        foreach (var end in vocabulary.EndIds) ends += Math.Exp(scores[end] - most);
        sum += ends;
        if (!double.IsFinite(sum)) throw new LogitsException(-1, "an entry is no number");
        Divide(law, sum);
        ends /= sum;
        if (validity == ByteValidity.Off) return ends;

        Mask(vocabulary, tail, law);
        if (validity == ByteValidity.Masked) return ends;
        sum = ends;
        foreach (var probability in law) sum += probability;
        if (sum == 0) return 0; // a list that nothing can follow
        Divide(law, sum);
        return ends / sum;
    }

    private static void Mask(ByteVocabulary vocabulary, TokenTail tail, Span<double> law)
    {
        var validity = vocabulary.Validity;
        for (var place = 0; place < law.Length; place++)
        {
            if (law[place] == 0) continue;
            var token = vocabulary.Id(place);
            var valid = law[place] > Negligible || law.Length <= SmallVocabulary
                ? validity.CanFollow(tail, token)
                : validity.NeighbourAllows(tail, token);
            if (!valid) law[place] = 0;
        }
    }

    private static void Divide(Span<double> law, double by)
    {
        for (var place = 0; place < law.Length; place++) law[place] /= by;
    }
}
