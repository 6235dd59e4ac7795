using System.Diagnostics;

namespace Tessera.Tokenizers.Measure;

/// <summary>
/// The .NET peers in one process, interleaved: ids are compared first; then, after a warm-up on another text, the first sight of a text and
/// the median of later passes, in pieces of 4 kB and in whole documents.
/// </summary>
internal static class DotNetRun
{
    private const int Passes = 5;
    private const int WarmUpPieces = 250; // a megabyte

    /// <summary>Measures on the given texts, or on the corpora; a name that ends in tokenizer.json is a BERT to measure as well.</summary>
    public static int Run(string[] arguments)
    {
        var berts = arguments.Where(static a => a.EndsWith("tokenizer.json", StringComparison.Ordinal)).ToList();
        var texts = arguments.Except(berts).ToArray() is { Length: > 0 } given ? given : Texts.Defaults;
        var differences = 0;
        foreach (var vocabulary in (string[])[.. Peers.Vocabularies, .. berts])
        {
            var peers = Peers.Of(vocabulary);
            var warmUp = Texts.Pieces(Texts.Documents(Texts.WarmUp)).Take(WarmUpPieces).ToArray();
            foreach (var peer in peers) Pass(peer, warmUp);
            foreach (var path in texts)
            {
                var documents = Texts.Documents(path);
                var pieces = Texts.Pieces(documents);
                Measure($"{vocabulary}, {Path.GetFileName(path)}, 4-kB pieces", peers, pieces);
                Measure($"{vocabulary}, {Path.GetFileName(path)}, documents", peers, documents);
                differences += Compare(peers, pieces);
            }
        }

        return differences == 0 ? 0 : 1;
    }

    private static void Measure(string what, IReadOnlyList<IPeer> peers, string[] texts)
    {
        var megabytes = Texts.Megabytes(texts);
        var rates = peers.Select(static _ => new List<double>()).ToArray();
        for (var pass = 0; pass <= Passes; pass++)
        {
            for (var i = 0; i < peers.Count; i++) rates[i].Add(megabytes / Pass(peers[i], texts));
        }

        for (var i = 0; i < peers.Count; i++)
        {
            var later = rates[i].Skip(1).Order().ToList();
            Console.WriteLine($"{what}: {peers[i].Name,-24} first {rates[i][0],7:F1} later {later[later.Count / 2],7:F1} MB/s ({later[0]:F1} to {later[^1]:F1})");
        }
    }

    private static double Pass(IPeer peer, string[] texts)
    {
        var start = Stopwatch.GetTimestamp();
        foreach (var text in texts) peer.Encode(text);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Counts texts whose ids differ from the first peer's.</summary>
    private static int Compare(IReadOnlyList<IPeer> peers, string[] texts)
    {
        var total = 0;
        foreach (var peer in peers.Skip(1))
        {
            var differences = texts.Count(text => !peers[0].Encode(text).SequenceEqual(peer.Encode(text)));
            Console.WriteLine($"  ids of {peer.Name}: {(differences == 0 ? "the same" : $"{differences} of {texts.Length} texts differ")}");
            total += differences;
        }

        return total;
    }
}
