using System.Text;
using Tessera.Tokenizers.Text.Patterns;

namespace Tessera.Tokenizers.Tests.Text.Patterns;

/// <summary>Scans in blocks against the decision procedures that they stand for.</summary>
public sealed class PieceScanTests
{
    private const string Ascii = "aaazBBZ'sStTrReEvVlLdDmM0019   \t\r\n\n\v\f.,!/-_<>\0\u001C\u007F";
    private const string Beyond = Ascii + "é\u0301\u01C5ſ½٣\u00A0\u0085\u3000中😀";

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

    private static void Check<TScan>(TScan scan, PieceScanner scanner)
        where TScan : struct, IPieceScan
    {
        for (uint seed = 0; seed < 4_000; seed++)
        {
            var key = new RandomKey(19, seed, 0, RandomPurpose.Tokenize);
            var alphabet = (seed % 2 == 0 ? Ascii : Beyond).EnumerateRunes().ToArray();
            var different = 1 + key.Below(10, 1_000);
            var builder = new StringBuilder();
            for (uint i = 0; i < key.Below(150, 1_001); i++) builder.Append(alphabet[key.Below(alphabet.Length, 2_000 + (uint)key.Below(different, i))].ToString());
            var utf8 = Encoding.UTF8.GetBytes(builder.ToString());
            for (var start = 0; start < utf8.Length;)
            {
                var end = scanner.Next(utf8, start);
                if (scan.Next(ref utf8[0], utf8.Length, start) != end) scan.Next(ref utf8[0], utf8.Length, start).ShouldBe(end, $"at {start} of \"{builder}\"");
                start = end;
            }
        }
    }
}
