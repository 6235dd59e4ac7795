using System.Text;

namespace Tessera.Tokenizers.Measure;

/// <summary>Texts that slow a tokenizer down, of a million and of four million bytes: the time may grow little more than the length.</summary>
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
                var (million, four) = (make(1_000_000), make(4_000_000));
                tokenizer.CountTokens(million);
                var (one, more) = (Best(tokenizer, million), Best(tokenizer, four));
                var (rate, growth) = (million.Length / 1e6 / one, more / one);
                var wrong = rate < 4 || growth > 4.4;
                slow += wrong ? 1 : 0;
                Console.WriteLine($"{Path.GetFileName(file)} {name,-8} {rate,7:F1} MB/s, four times the text {growth:F2} times as long{(wrong ? "  TOO SLOW" : "")}");
            }
        }

        return slow == 0 ? 0 : 1;
    }

    private static (string Name, Func<int, byte[]> Make)[] Kinds() =>
    [
        ("a", static n => Repeat("a", n)), ("blanks", static n => Repeat(" ", n)), ("newlines", static n => Repeat("\n", n)), ("U+0301", static n => Repeat("\u0301", n)),
        ("base64", static n => Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomBytes(n * 3 / 4)))), ("random", static n => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(RandomBytes(n / 2)))),
    ];

    private static byte[] Repeat(string text, int bytes) => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(text, bytes / Encoding.UTF8.GetByteCount(text))));

    private static byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        var key = new RandomKey(1, 0, 0, RandomPurpose.Tokenize);
        for (var i = 0; i < count; i++) bytes[i] = (byte)key.Below(256, (uint)i);
        return bytes;
    }

    private static double Best(Tokenizer tokenizer, byte[] text)
    {
        var best = double.MaxValue;
        for (var i = 0; i < 5; i++)
        {
            // Processor time, which other processes on the machine change least.
            var start = Environment.CpuUsage.TotalTime;
            tokenizer.CountTokens(text);
            best = Math.Min(best, (Environment.CpuUsage.TotalTime - start).TotalSeconds);
        }

        return best;
    }
}
