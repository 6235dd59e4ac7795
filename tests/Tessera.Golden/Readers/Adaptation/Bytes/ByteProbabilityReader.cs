using Tessera.Generation;

namespace Tessera.Golden;

/// <summary>Byte probabilities by full enumeration on toy vocabularies: next bytes, covers and probabilities of prompts in every mode, and what the tokens alone say.</summary>
internal sealed class ByteProbabilityReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method == "exact-byte-probabilities" && @case.Has("input") && @case.Input.Find("what")?.AsString() == "toy" && @case.Input.Has("tokens_as_bytes");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var tolerances = @case.File.ToleranceNumbers("toy"); // with tables, with a model in float32
        var tolerance = new Tolerance(@case.Input["model"].Has("directory") ? tolerances[1] : tolerances[0]);
        var prompts = @case.Input["prompts"].AsIntRows();
        check.That(prompts.Length == @case.Expected.Count, "expected", $"{prompts.Length} prompts", $"{@case.Expected.Count}");
        foreach (var expected in @case.Expected.Items)
        {
            var prompt = ByteChecks.Bytes(expected["prompt_bytes"]);
            check.That(prompts.Any(p => p.SequenceEqual(prompt.Select(static b => (int)b))), expected["prompt_bytes"].Path, "a prompt of the input", "another one");
            foreach (var (mode, validity) in ByteChecks.Modes)
            {
                var model = ToyByteModels.Of(@case, validity);
                using var sequence = model.StartAsync(default, null, cancellationToken).GetAwaiter().GetResult();
                sequence.AppendAsync(prompt, cancellationToken).AsTask().GetAwaiter().GetResult();
                var next = sequence.Next();
                var wanted = expected[mode];
                ByteChecks.Next(check, wanted["next_byte"], next, tolerance, complete: true);
                check.Close(wanted["end"], Math.Exp(next[ByteDistribution.End]), tolerance);
                if (wanted.Find("covers") is { } covers) Covers(check, covers, sequence.Covers(), tolerance);
                if (wanted.Find("prompt_probability") is { } probability)
                {
                    check.Close(probability, Math.Exp(sequence.LogProbability), tolerance);
                    check.Close(probability, Math.Exp(model.ScoreAsync(prompt, null, cancellationToken).GetAwaiter().GetResult()), tolerance);
                }

                if (validity != ByteValidity.Off) continue;
                check.SameIds(expected["encode"], [.. sequence.Covers().Single(static c => c.Overshoot.IsEmpty).Tokens]);
                ByteChecks.Next(check, expected["token_only_next_byte"], sequence.NextOfTokensOnly()!, tolerance, complete: true);
            }
        }
    }

    private static void Covers(GoldenCheck check, GoldenValue expected, IReadOnlyList<ByteCover> covers, Tolerance tolerance)
    {
        check.That(expected.Count == covers.Count, expected.Path, $"{expected.Count} covers", $"{covers.Count}");
        foreach (var wanted in expected.Items)
        {
            var tokens = wanted["tokens"].AsInts();
            var own = covers.FirstOrDefault(c => c.Tokens.SequenceEqual(tokens));
            check.That(own is not null, wanted["tokens"].Path, string.Join(' ', tokens), "no such cover");
            check.Close(wanted["probability"], own is null ? 0 : Math.Exp(own.LogProbability), tolerance);
        }
    }
}
