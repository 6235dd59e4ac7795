using System.Text;
using Tessera.Generation;

namespace Tessera.Golden;

/// <summary>The published program, byte after byte: next bytes, and its covers with what they reach beyond the text. The bytes that follow are given.</summary>
internal sealed class ByteStepsReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method == "exact-byte-probabilities" && @case.Has("input") && @case.Input.Find("what")?.AsString() == "official steps" && @case.Input.Has("tokens_as_bytes");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var tolerance = new Tolerance(@case.File.Tolerance("next_byte"));
        var model = ToyByteModels.Of(@case, ByteValidity.Masked);
        foreach (var (prompt, steps) in @case.Input["prompts"].Items.Zip(@case.Expected.Items))
        {
            var (start, then) = (Encoding.UTF8.GetBytes(prompt["start"].AsString()), Encoding.UTF8.GetBytes(prompt["then_bytes"].AsString()));
            check.That(steps.Count == then.Length + 1, steps.Path, $"{then.Length + 1} steps", $"{steps.Count}");
            using var sequence = model.StartAsync(start, null, cancellationToken).GetAwaiter().GetResult();
            for (var step = 0; step < steps.Count; step++)
            {
                if (step > 0) sequence.AppendAsync(then.AsMemory(step - 1, 1), cancellationToken).AsTask().GetAwaiter().GetResult();
                var expected = steps[step];
                var text = start.Concat(then.Take(step)).ToArray();
                check.That(ByteChecks.Bytes(expected["prompt_bytes"]).SequenceEqual(text), expected["prompt_bytes"].Path, "the start and the bytes so far", "others");
                var next = sequence.Next();
                ByteChecks.Next(check, expected["next_byte"], next, tolerance, complete: true);
                check.Close(expected["end"], Math.Exp(next[ByteDistribution.End]), tolerance);
                var difference = expected["difference_to_enumeration"].AsDouble();
                check.That(difference <= tolerance.Absolute, expected["difference_to_enumeration"].Path, $"at most {tolerance.Absolute}", $"{difference}");
                Covers(check, expected["covers"], sequence, tolerance);
            }
        }
    }

    private static void Covers(GoldenCheck check, GoldenValue expected, ByteSequence sequence, Tolerance tolerance)
    {
        var own = sequence.Covers();
        check.That(own.Count == expected.Count, expected.Path, $"{expected.Count} covers", $"{own.Count}");
        foreach (var wanted in expected.Items)
        {
            // The program keeps the tokens behind its last border, which need not be this one's.
            var tail = wanted["tail_tokens"].AsInts();
            var overshoot = ByteChecks.Bytes(wanted["overshoot"]);
            var cover = own.FirstOrDefault(c => c.Overshoot.Span.SequenceEqual(overshoot) && EndsAlike([.. sequence.Context, .. c.Tokens], tail));
            check.That(cover is not null, wanted["tail_tokens"].Path, string.Join(' ', tail), "no such cover");
            check.Close(wanted["log_probability_relative"], cover is null ? double.NaN : cover.LogProbability - own[0].LogProbability, new Tolerance(tolerance.Absolute, 1e-5));
        }
    }

    private static bool EndsAlike(int[] tokens, int[] tail) => tokens.Length >= tail.Length && tokens.AsSpan(tokens.Length - tail.Length).SequenceEqual(tail);
}
