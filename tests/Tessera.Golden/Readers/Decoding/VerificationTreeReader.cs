using Tessera.Generation;

namespace Tessera.Golden;

/// <summary>Decisions on stored draft trees with stored uniform numbers: which nodes are accepted, what follows, every test.</summary>
internal sealed class VerificationTreeReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method == "speculative-verification" && @case.Has("input") && @case.Input.Find("kind")?.AsString() == "tree";

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        var tokens = input["tokens"].AsInts();
        var (targetRoot, target) = (input["q_root"].AsDoubles(), input["q"].AsDoubleRows());
        var (draftRoot, draft) = (input.Find("d_root")?.AsDoubles() ?? [], input.Find("d")?.AsDoubleRows() ?? []);
        var uniforms = input["uniforms"].AsDoubles();
        var used = 0;
        var tests = new List<(int Node, double Uniform, double Acceptance)>();
        var (accepted, next) = DraftVerification.Verify(
            VerificationLaw.Rule(input["verifier"].AsString()!), tokens, input["parents"].AsInts(),
            node => node < 0 ? targetRoot : target[node], node => node < 0 ? draftRoot : draft[node],
            () => uniforms[used++], (node, uniform, acceptance) => tests.Add((node, uniform, acceptance)));

        check.SameIds(expected["accepted_nodes"], [.. accepted]);
        check.SameIds(expected["tokens"], [.. accepted.Select(node => tokens[node]), next]);
        check.Equal(expected["uniforms_used"], used);
        var tolerance = new Tolerance(@case.File.FindTolerance("laws and probabilities") ?? 1e-9);
        var wanted = expected["tests"].Items.ToArray();
        check.That(wanted.Length == tests.Count, expected["tests"].Path, $"{wanted.Length} tests", $"{tests.Count}");
        for (var i = 0; i < Math.Min(wanted.Length, tests.Count); i++)
            check.Tensor(wanted[i], (ReadOnlySpan<double>)[tests[i].Node, tests[i].Uniform, tests[i].Acceptance], tolerance);
    }
}
