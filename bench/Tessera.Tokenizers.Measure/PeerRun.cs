using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Tessera.Tokenizers.Measure;

/// <summary>
/// Interleaves this library with the peers of other languages, which run as processes of their own: Hugging Face's under Node, and
/// gigatoken under Python where its environment is there. Three rounds, whole documents and pieces of 4 kB; prints every
/// rate and the ratio of the medians.
/// </summary>
internal static class PeerRun
{
    private const int Rounds = 3;

    /// <summary>Measures.</summary>
    /// <param name="folder">Holds <c>bench.mjs</c> with its node_modules, and perhaps <c>gigatoken/bench.py</c> with <c>gigatoken/venv</c>.</param>
    /// <param name="tokenizer">The tokenizer.json.</param>
    /// <param name="texts">Plain texts; the corpora where there are none.</param>
    public static int Run(string folder, string tokenizer, string[] texts)
    {
        if (texts.Length == 0) texts = Texts.Defaults;
        var node = Path.Combine(folder, "bench.mjs");
        var python = Path.Combine(folder, "gigatoken", "venv", "bin", "python");
        var warmUp = Path.Combine(Directory.CreateTempSubdirectory("tessera-measure-").FullName, "warm-up.txt");
        File.WriteAllText(warmUp, string.Concat(WarmUp()));
        foreach (var path in texts)
        {
            var text = string.Join('\n', Texts.Documents(path));
            var whole = Path.Combine(Path.GetDirectoryName(warmUp)!, "text.txt");
            File.WriteAllText(whole, text);
            foreach (var units in (string[][])[[text], [.. Texts.Pieces([text])]])
            {
                var folderOfUnits = Directory.CreateTempSubdirectory("tessera-measure-").FullName;
                string[] files = [.. units.Select((_, i) => Path.Combine(folderOfUnits, string.Create(CultureInfo.InvariantCulture, $"{i}.txt")))];
                for (var i = 0; i < files.Length; i++) File.WriteAllText(files[i], units[i]);
                var (ours, first, offsets, nodes, gigas, gigaFirst) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
                for (var round = 0; round < Rounds; round++)
                {
                    var (sight, later, located) = Ours(tokenizer, units);
                    first.Add(sight);
                    ours.Add(later);
                    offsets.Add(located);
                    if (File.Exists(node) && Output(0, "node", folder, ["bench.mjs", tokenizer, .. files]) is { } line) nodes.Add(line.GetProperty("median").GetDouble());
                    // It cuts the text itself, and prints a line for the whole of it and one for pieces.
                    if (!File.Exists(python) || Output(units.Length > 1 ? 1 : 0, python, folder, Path.Combine("gigatoken", "bench.py"), tokenizer, whole, "--warm-up", warmUp) is not { } other) continue;
                    gigaFirst.Add(other.GetProperty("first_sight").GetDouble());
                    gigas.Add(other.GetProperty("warm_median").GetDouble());
                }

                var name = Path.GetFileName(path) + (units.Length > 1 ? ", 4 kB" : "");
                Print(name, "Tessera, first sight", first, null);
                Print(name, "Tessera, later passes", ours, null);
                Print(name, "Tessera, with offsets", offsets, null);
                Print(name, "Hugging Face (Node)", nodes, ours);
                Print(name, "the same, by offsets", nodes, offsets);
                Print(name, "gigatoken, first sight", gigaFirst, first);
                Print(name, "gigatoken, later passes", gigas, ours);
            }
        }

        return 0;
    }

    private static (double First, double Later, double Located) Ours(string file, string[] texts)
    {
        var tokenizer = Tokenizer.Load(file);
        foreach (var piece in WarmUp()) tokenizer.EncodeToIds(piece);
        var ids = Rates(texts, text => tokenizer.EncodeToIds(text));
        var located = Rates(texts, text =>
        {
            var encoding = tokenizer.Encode(text);
            if (encoding.Ids.Length != encoding.Offsets.Length) throw new InvalidOperationException("ids without offsets");
        });
        return (ids[0], Median(ids), Median(located));
    }

    private static IEnumerable<string> WarmUp() => Texts.Pieces(Texts.Documents(Texts.WarmUp)).Take(250);

    private static List<double> Rates(string[] texts, Action<string> encode)
    {
        var (megabytes, rates) = (Texts.Megabytes(texts), new List<double>());
        for (var pass = 0; pass < 6; pass++)
        {
            var start = Stopwatch.GetTimestamp();
            foreach (var text in texts) encode(text);
            rates.Add(megabytes / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return rates;
    }

    private static double Median(List<double> rates) => rates.Skip(1).Order().ElementAt(2);

    private static void Print(string text, string name, List<double> rates, List<double>? ours)
    {
        if (rates.Count == 0) return;
        rates.Sort();
        var ratio = ours is null ? "" : string.Create(CultureInfo.InvariantCulture, $"; Tessera is {ours.Order().ElementAt(ours.Count / 2) / rates[rates.Count / 2]:F2} times as fast");
        Console.WriteLine($"{text}: {name,-24} {rates[rates.Count / 2],7:F2} MB/s ({rates[0]:F2} to {rates[^1]:F2}){ratio}");
    }

    /// <summary>A line of what a peer prints; null where it fails, which it says on its own.</summary>
    private static JsonElement? Output(int line, string program, string folder, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true })!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? JsonSerializer.Deserialize<JsonElement>(text.Split('\n')[line]) : null;
    }
}
