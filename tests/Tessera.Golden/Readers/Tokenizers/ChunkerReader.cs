using System.Globalization;
using Tessera.Tokenizers.Training.Supertokens;

namespace Tessera.Golden;

/// <summary>Tables of chunk lengths, and chunks at given draws.</summary>
internal sealed class ChunkerReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Input.Has("distribution") && @case.Has("expected") && (@case.Expected.Has("chunks") || @case.Expected.Has("mean_length_after_normalising"));

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        var ranges = input["distribution"].Properties.Select(static r => (Bound(r.Key, 0), Bound(r.Key, 1), r.Value.AsDouble())).ToList();
        var lengths = new ChunkLengths(ranges, normalize: true);
        var tolerance = new Tolerance(1e-9);
        if (expected.Find("chunks") is { } chunks)
        {
            check.Equal(expected["smallest_minimum"], lengths.Shortest);
            Chunks(input, expected, chunks, lengths, check);
            return;
        }

        check.Close(expected["sum"], ranges.Sum(static r => r.Item3), tolerance);
        check.Close(expected["mean_length_after_normalising"], lengths.Mean, tolerance);
        var accepted = true;
        try
        {
            _ = new ChunkLengths(ranges);
        }
        catch (ArgumentException)
        {
            accepted = false;
        }

        check.Equal(expected["accepted"], accepted);
    }

    private static void Chunks(GoldenValue input, GoldenValue expected, GoldenValue chunks, ChunkLengths lengths, GoldenCheck check)
    {
        var (draws, at) = (input["draws"].Items.ToList(), 0);
        var drawn = new List<int>();
        var got = StochasticChunker.Cut(input["text"].AsString(), remaining =>
        {
            var (range, from) = (draws[at]["range"].AsInts(), draws[at]["from"].AsInts());
            var (low, high) = lengths.Bounds((range[0], range[1]), remaining);
            check.That(low == from[0] && high == from[1], draws[at].Path, $"from {from[0]} to {from[1]}", $"from {low} to {high}");
            drawn.Add(draws[at++]["length"].AsInt());
            return drawn[^1];
        }).ToList();
        check.SameIds(expected["lengths"], [.. drawn]);
        check.SameStrings(chunks, got);
    }

    private static int Bound(string range, int part) => int.Parse(range.Split('-')[part], CultureInfo.InvariantCulture);
}
