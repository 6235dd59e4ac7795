using System.Text;

namespace Tessera.Tokenizers.Measure;

/// <summary>
/// Texts that slow a tokenizer down, of a million and of four million bytes: the time may grow little more than the length. Random texts are
/// others in every pass, since the pieces of a million bytes fit the cache and those of four do not.
/// </summary>
internal static class HostileRun
{
    /// <summary>Measures tokenizers; ends with 1 where one is slower than 4 MB/s or grows by more than 4.4.</summary>
    public static int Run(string[] files)
    {
        var slow = 0;
        foreach (var file in files)
        {
            var tokenizer = Tokenizer.Load(file);
            foreach (var (name, make) in Kinds())
            {
                tokenizer.CountTokens(make(1_000_000, 0));
                var (one, more) = (Best(tokenizer, make, 1_000_000), Best(tokenizer, make, 4_000_000));
                var (rate, growth) = (1 / Math.Max(one, more / 4), more / one);
                var wrong = rate < 4 || growth > 4.4;
                slow += wrong ? 1 : 0;
                Console.WriteLine($"{Path.GetFileName(file)} {name,-8} {rate,7:F1} MB/s, four times the text {growth:F2} times as long{(wrong ? "  TOO SLOW" : "")}");
            }
        }

        return slow == 0 ? 0 : 1;
    }

    private static (string Name, Func<int, uint, byte[]> Make)[] Kinds() =>
    [
        ("a", static (n, _) => Repeat("a", n)), ("blanks", static (n, _) => Repeat(" ", n)), ("newlines", static (n, _) => Repeat("\n", n)), ("U+0301", static (n, _) => Repeat("\u0301", n)),
        ("base64", static (n, pass) => Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomBytes(n * 3 / 4, pass)))), ("random", static (n, pass) => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(RandomBytes(n / 2, pass)))),
    ];

    private static byte[] Repeat(string text, int bytes) => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(text, bytes / Encoding.UTF8.GetByteCount(text))));

    private static byte[] RandomBytes(int count, uint pass)
    {
        var bytes = new byte[count];
        var key = new RandomKey(1, (uint)count, pass, RandomPurpose.Tokenize);
        for (var i = 0; i < count; i++) bytes[i] = (byte)key.Below(256, (uint)i);
        return bytes;
    }

    private static double Best(Tokenizer tokenizer, Func<int, uint, byte[]> make, int bytes)
    {
        var best = double.MaxValue;
        for (uint pass = 1; pass <= 5; pass++)
        {
            var text = make(bytes, pass);
            // Processor time, which other processes on the machine change least.
            var start = Environment.CpuUsage.TotalTime;
            tokenizer.CountTokens(text);
            best = Math.Min(best, (Environment.CpuUsage.TotalTime - start).TotalSeconds);
        }

        return best;
    }
}
