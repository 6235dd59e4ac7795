using System.Numerics;
using System.Text;
using Tessera.Tokenizers.Text.Patterns;

namespace Tessera.Tokenizers.Tests.Text.Patterns;

/// <summary>Scans in blocks against the decision procedures that they stand for.</summary>
public sealed class PieceScanTests
{
    private const int Texts = 6_000;
    private const string Ascii = "aaazBBZ'sStTrReEvVlLdDmM0019   \t\r\n\n\v\f.,!/-_<>\0\u001C\u007F";
    private const string Beyond = Ascii + "é\u0301\u01C5ſ½٣\u00A0\u0085\u3000中😀";

    private static readonly string[] s_ordinary = ["it's", "don't", "WE'LL", "iPhone", "HTTPServer", " word", "  ", "\n", "\r\n", "\t", "    ", ", ", "; ", "--", "/*", "*/\n", "();\n", "//", "12", "1984", "123456789", "'tis", "'RE", "'Ve", "naïve", "—", "日本", "x"];

    [Fact]
    public void Gpt2() => Check(new Gpt2Scan(), Gpt2Scanner.Instance);

    [Fact]
    public void Cl100k() => Check(new Cl100kScan(Cl100kScanner.Cl100k), Cl100kScanner.Cl100k);

    [Fact]
    public void Qwen2() => Check(new Cl100kScan(Cl100kScanner.Qwen2), Cl100kScanner.Qwen2);

    [Fact]
    public void Qwen35() => Check(new Cl100kScan(Cl100kScanner.Qwen35), Cl100kScanner.Qwen35);

    [Fact]
    public void O200k() => Check(new O200kScan(O200kScanner.O200k), O200kScanner.O200k);

    [Fact]
    public void Tekken() => Check(new O200kScan(O200kScanner.Tekken), O200kScanner.Tekken);

    [Fact]
    public void DeepSeek() => Check(new DeepSeekScan(), DeepSeekScanner.Instance);

    /// <summary>Windows of the scan whose decision procedure is part of it.</summary>
    [Fact]
    public void DigitsAndGpt2()
    {
        for (uint seed = 0; seed < Texts; seed++)
        {
            var (text, utf8) = Make(seed);
            CheckWindows(new DigitsGpt2Scan(), utf8, text, (utf8, start) => new DigitsGpt2Scan().Next(ref utf8[0], utf8.Length, start));
        }
    }

    private static void Check<TScan>(TScan scan, PieceScanner scanner)
        where TScan : struct, IPieceScan
    {
        for (uint seed = 0; seed < Texts; seed++)
        {
            var (text, utf8) = Make(seed);
            for (var start = 0; start < utf8.Length;)
            {
                var end = scanner.Next(utf8, start);
                if (scan.Next(ref utf8[0], utf8.Length, start) != end) scan.Next(ref utf8[0], utf8.Length, start).ShouldBe(end, $"at {start} of \"{text}\"");
                start = end;
            }

            CheckWindows(scan, utf8, text, (utf8, start) => scanner.Next(utf8, start));
        }
    }

    /// <summary>A window from each piece on tells the pieces that the procedure tells, and none that it can't know of.</summary>
    private static void CheckWindows<TScan>(TScan scan, byte[] utf8, string text, Func<byte[], int, int> next)
        where TScan : struct, IPieceScan
    {
        for (var start = 0; start + AsciiWindow.Size <= utf8.Length; start = next(utf8, start))
        {
            var starts = scan.Starts(new AsciiWindow(ref utf8[start]));
            (starts & 1).ShouldBe(0ul);
            var expected = 0ul;
            var last = starts == 0 ? start : start + 63 - BitOperations.LeadingZeroCount(starts);
            for (var at = start; at < last && (at = next(utf8, at)) <= last;) expected |= 1ul << (at - start);
            if (starts != expected) starts.ToString("b").ShouldBe(expected.ToString("b"), $"at {start} of \"{text}\"");
        }
    }

    private static (string Text, byte[] Utf8) Make(uint seed)
    {
        var key = new RandomKey(19, seed, 0, RandomPurpose.Tokenize);
        var kind = seed % 3;
        string[] alphabet = kind == 2 ? s_ordinary : [.. (kind == 0 ? Ascii : Beyond).EnumerateRunes().Select(static r => r.ToString())];
        var different = 1 + key.Below(kind == 2 ? alphabet.Length : 10, 1_000);
        var builder = new StringBuilder();
        for (uint i = 0; i < key.Below(150, 1_001); i++) builder.Append(alphabet[key.Below(alphabet.Length, 2_000 + (uint)key.Below(different, i))]);
        return (builder.ToString(), Encoding.UTF8.GetBytes(builder.ToString()));
    }
}
