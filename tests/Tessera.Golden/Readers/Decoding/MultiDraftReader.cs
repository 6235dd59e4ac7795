using Tessera.Generation;

namespace Tessera.Golden;

/// <summary>SpecTr's decoder over several drafts with stored uniform numbers; rows are Markov.</summary>
internal sealed class MultiDraftReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) => file.Method == "spectr" && @case.Has("input") && @case.Input.Find("kind")?.AsString() == "decoder";

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        var (target, draft) = (input["Q"].AsDoubleRows(), input["D"].AsDoubleRows());
        var (drafts, start, uniforms) = (input["drafts"].AsIntRows(), input["start"].AsInt(), input["uniforms"].AsDoubles());
        var used = 0;
        int Last(int of, int depth) => depth == 0 ? start : drafts[of][depth - 1];
        var (accepted, next) = DraftVerification.VerifyDrafts(drafts, (of, depth) => target[Last(of, depth)], (of, depth) => draft[Last(of, depth)], () => uniforms[used++]);

        check.SameIds(expected["tokens"], [.. accepted.Select((of, depth) => drafts[of][depth]), next]);
        var ended = accepted.Count == drafts[0].Length ? "bonus" : "residual";
        check.Equal(expected["end"], ended);
        check.That(used == uniforms.Length, "input.uniforms", $"{uniforms.Length} used", $"{used}");
        Trace();

        void Trace()
        {
            var steps = expected["trace"].Items.ToArray();
            check.That(steps.Length == Math.Min(accepted.Count + 1, drafts[0].Length), expected["trace"].Path, $"{steps.Length} depths", $"{accepted.Count}");
            var left = Enumerable.Range(0, drafts.Length).ToArray();
            for (var depth = 0; depth < steps.Length; depth++)
            {
                check.Equal(steps[depth]["depth"], depth);
                check.SameIds(steps[depth]["drafts"], left);
                var last = Last(left[0], depth);
                check.Close(steps[depth]["rho"], KSequentialPlan.Create(draft[last], target[last], left.Length).Rho, new Tolerance(1e-6));
                var hit = depth < accepted.Count ? accepted[depth] : -1;
                if (steps[depth]["hit"].IsNull) check.That(hit < 0, steps[depth]["hit"].Path, "none", $"{hit}");
                else check.Equal(steps[depth]["hit"], hit);
                if (hit >= 0) left = [.. left.Where(of => drafts[of][depth] == drafts[hit][depth])];
            }
        }
    }
}
