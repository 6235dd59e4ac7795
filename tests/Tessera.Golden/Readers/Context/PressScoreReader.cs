namespace Tessera.Golden;

/// <summary>Policies that act once, over stored queries, keys and values: scores, what stays, and what the next query reads.</summary>
internal sealed class PressScoreReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Input.Has("q") && @case.Input.Has("next_query") && @case.Has("expected") && @case.Expected.Has("presses");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, file) = (@case.Input, @case.File);
        var (scores, output) = (new Tolerance(file.Tolerance("scores")), new Tolerance(file.Tolerance("output")));
        @case.Expected.Find("smallest_gap")?.Waive("tells how far apart the reference's scores are");
        foreach (var expected in @case.Expected["presses"].Items)
        {
            using var attention = new StoredAttention(input["q"].AsTensor(), input["k"].AsTensor(), input["v"].AsTensor());
            var policy = new ScoreProbe(Presses.Of(expected["press"]));
            expected["press"].Waive("names the policy");
            attention.Run(0, input["k"].AsTensor().Shape[1], policy);
            var own = policy.OfLayer(0, attention.State.Heads);
            for (var head = 0; head < own.Length; head++)
            {
                check.Tensor(expected["scores"][head], own[head], scores);
                check.SameIds(expected["kept"][head], PolicyDecoding.Tokens(attention.State, head));
            }

            check.Tensor(expected["output_of_next_query"], attention.Read(input["next_query"].AsTensor().ToSingles()), output);
        }
    }
}
