namespace Tessera.Golden;

/// <summary>Exact laws of speculative verification: of one token at one node, and of three tokens over as many passes as they take.</summary>
internal sealed class VerificationLawReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method == "speculative-verification" && @case.Has("input") && @case.Input.Find("kind")?.AsString() is "single_level_law" or "joint_law" or "expected_tokens";

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var tolerance = new Tolerance(@case.File.FindTolerance("laws and probabilities") ?? 1e-9);
        var input = @case.Input;
        switch (input["kind"].AsString())
        {
            case "single_level_law":
                foreach (var (key, value) in @case.Expected.Properties) // "V3,k=2"
                {
                    var comma = key.IndexOf(",k=", StringComparison.Ordinal);
                    if (comma < 0) throw new NotCoveredException($"'{key}' is no rule with a number of children.");
                    var law = VerificationLaw.Of(key[..comma], input["q"].AsDoubles(), input["d"].AsDoubles(), int.Parse(key[(comma + 3)..], System.Globalization.CultureInfo.InvariantCulture));
                    check.Close(value["accept_probability"], law.Accepted.Sum(), tolerance);
                    check.Tensor(value["output_law"], (ReadOnlySpan<double>)[.. law.Accepted.Zip(law.Emitted, static (a, e) => a + e)], tolerance);
                }

                break;
            case "joint_law":
                var run = new Passes(input);
                check.Tensor(@case.Expected["joint_of_three"], (ReadOnlySpan<double>)run.Joint(), tolerance);
                check.Close(@case.Expected["expected_tokens_of_first_pass"], run.Expected(), tolerance);
                break;
            default:
                check.Close(@case.Expected["tokens_per_pass"], Generation.DraftVerification.ExpectedTokens(input["acceptance"].AsDouble(), input["draft_length"].AsInt()), tolerance);
                break;
        }
    }

    // Q and D are Markov rows: what follows a token depends on that token alone.
    private sealed class Passes(GoldenValue input)
    {
        private readonly double[][] _target = input["Q"].AsDoubleRows();
        private readonly int[] _children = input["children_per_depth"].AsInts();
        private readonly int _start = input["start"].AsInt();
        private readonly Dictionary<(int Token, int Depth), VerificationLaw> _laws = Laws(input);

        public double[] Joint()
        {
            var size = _target.Length;
            var joint = new double[size * size * size];
            Walk(_start, 0, 0, 0, 1);
            return joint;

            void Walk(int token, int depth, int index, int length, double probability)
            {
                if (length == 3)
                {
                    joint[index] += probability;
                    return;
                }

                for (var next = 0; next < size; next++)
                {
                    var at = index * size + next;
                    if (depth == _children.Length) Walk(next, 0, at, length + 1, probability * _target[token][next]); // the bonus token
                    else
                    {
                        Walk(next, depth + 1, at, length + 1, probability * _laws[(token, depth)].Accepted[next]);
                        Walk(next, 0, at, length + 1, probability * _laws[(token, depth)].Emitted[next]);
                    }
                }
            }
        }

        public double Expected()
        {
            return From(_start, 0);

            double From(int token, int depth) =>
                depth == _children.Length ? 1 : 1 + _laws[(token, depth)].Accepted.Select((p, next) => p * From(next, depth + 1)).Sum();
        }

        private static Dictionary<(int Token, int Depth), VerificationLaw> Laws(GoldenValue input)
        {
            var (target, draft, children) = (input["Q"].AsDoubleRows(), input["D"].AsDoubleRows(), input["children_per_depth"].AsInts());
            var laws = new Dictionary<(int, int), VerificationLaw>();
            for (var token = 0; token < target.Length; token++)
            {
                for (var depth = 0; depth < children.Length; depth++)
                    laws[(token, depth)] = VerificationLaw.Of(input["verifier"].AsString()!, target[token], draft[token], children[depth]);
            }

            return laws;
        }
    }
}
