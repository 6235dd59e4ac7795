using System.Globalization;

namespace Tessera.Laboratory;

/// <summary>Means over test prompts, and what they say of EAST's claims.</summary>
/// <param name="Entropy">The entropy of the choice, in nats.</param>
/// <param name="Mass">The probability of all actions together among all tokens.</param>
/// <param name="Regret">The probability of the worse arm; as the arms' means differ by 1, the expected regret of the choice.</param>
internal readonly record struct EastFigures(double Entropy, double Mass, double Regret)
{
    public static EastFigures operator +(EastFigures a, EastFigures b) => new(a.Entropy + b.Entropy, a.Mass + b.Mass, a.Regret + b.Regret);

    public static EastFigures operator *(EastFigures a, double by) => new(a.Entropy * by, a.Mass * by, a.Regret * by);

    /// <summary>Sets the claims beside the figures.</summary>
    /// <param name="names">The arms; the first is EAST at the middle layer, the last the random vectors.</param>
    /// <param name="multipliers">What each vector was multiplied by, ascending, 0 in the middle.</param>
    /// <param name="figures">For each arm, vector and multiplier.</param>
    /// <param name="correlation">Of the entropy with the number of pulls.</param>
    /// <param name="entropies">Of the plain model on the prompts that fitted the vector.</param>
    public static ReproductionReport Report(string[] names, double[] multipliers, EastFigures[][][] figures, double correlation, double[] entropies)
    {
        var (east, random, zero) = (figures[0][0], figures[^1], multipliers.Length / 2);
        var rises = Enumerable.Range(1, multipliers.Length - 1).All(m => east[m].Entropy > east[m - 1].Entropy);
        double Change(EastFigures[] row) => row[^1].Entropy - row[0].Entropy;
        var stronger = random.Count(r => Math.Abs(Change(r)) >= Math.Abs(Change(east)));
        var raised = east[^1].Entropy > east[zero].Entropy;
        return new ReproductionReport
        {
            Claims =
            [
                new(
                    "EAST reliably raises the entropy of an agent's actions, in step with the multiplier (Mixtral 8x7B and DBRX; no single figure).",
                    Text($"From {east[0].Entropy:F3} nats at multiplier {multipliers[0]} over {east[zero].Entropy:F3} at 0 to {east[^1].Entropy:F3} at {multipliers[^1]}{(rises ? ", rising at every step" : ", not at every step")}."),
                    raised && rises ? Verdict.Reproduced : raised ? Verdict.PartlyReproduced : Verdict.NotReproduced),
                new(
                    "It is the direction that does it: other vectors of the same length do not.",
                    Text($"{stronger} of {random.Length} random vectors change the entropy between the outer multipliers as much or more (EAST by {Change(east):F3} nats, random ones by {random.Average(r => Math.Abs(Change(r))):F3} on average)."),
                    raised && stronger == 0 ? Verdict.Reproduced : raised && stronger * 4 <= random.Length ? Verdict.PartlyReproduced : Verdict.NotReproduced),
            ],
            Tables =
            [
                Table("Entropy of the choice, nats", names, multipliers, figures, static f => f.Entropy),
                Table("Probability that the next token is an action at all", names, multipliers, figures, static f => f.Mass),
                Table("Expected regret of the choice", names, multipliers, figures, static f => f.Regret),
            ],
            Charts =
            [
                new("Entropy of the choice by multiplier", "multiplier", "nats", [.. names.Select((name, a) => new ChartSeries(name, [.. multipliers.Select((m, i) => (m, Mean(figures[a], i, static f => f.Entropy)))]))]),
            ],
            Notes =
            [
                "The choice is one token, so that its entropy is exact; the paper's agents write a thought first and choose by sampling. What steering does to thoughts is not measured here.",
                Text($"Records are of random pulls, not of the model's own play. Without steering the answer is an action in {100 * east[zero].Mass:F1} % of cases, and the regret is {east[zero].Regret:F3} (a coin's is 0.5)."),
                Text($"Plain entropies of the fitting prompts: {entropies.Min():F3} to {entropies.Max():F3}, mean {entropies.Average():F3}; their correlation with the number of pulls is {correlation:F2}. The stronger it is, the more of the vector may encode the length of the record."),
                "For one-token choices a higher sampling temperature raises the entropy as well; the paper's comparison with temperature needs written thoughts.",
            ],
        };
    }

    private static ReportTable Table(string title, string[] names, double[] multipliers, EastFigures[][][] figures, Func<EastFigures, double> figure) => new(
        title,
        ["vector", .. multipliers.Select(m => m.ToString("+0;-0;0", CultureInfo.InvariantCulture))],
        [.. names.Select((name, a) => (IReadOnlyList<string>)[name, .. multipliers.Select((_, m) => Mean(figures[a], m, figure).ToString("F3", CultureInfo.InvariantCulture))])]);

    private static double Mean(EastFigures[][] vectors, int multiplier, Func<EastFigures, double> figure) => vectors.Average(v => figure(v[multiplier]));

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
