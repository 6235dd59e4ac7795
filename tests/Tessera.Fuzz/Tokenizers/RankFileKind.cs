using System.Globalization;
using System.Text;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Tiktoken;

namespace Tessera.Fuzz;

/// <summary>Rank files of tiktoken: loaded, used on a few texts, written again.</summary>
internal sealed class RankFileKind : IFuzzKind
{
    private static readonly string[] s_tokens = ["ab", "abc", "aa", "aaaa", " a", "bc", "  ", "\n\n", "é", "中", "12", "xyz"];

    private static readonly TiktokenEncoding[] s_encodings =
        [.. TiktokenEncoding.Known.Select(static e => new TiktokenEncoding(e.Name, e.Pattern, new Dictionary<string, int> { ["<|endoftext|>"] = 50_000, ["<s>"] = 50_001 }))];

    public string Name => "ranks";

    public string Description => "loads a rank file, encodes, decodes, asks for unstable ends, writes it and loads it again";

    public byte[] Make(FuzzDice dice)
    {
        var lines = new List<string>();
        var rank = 0;
        for (var b = 0; b < 256; b++) lines.Add($"{Convert.ToBase64String([(byte)b])} {rank++}");
        foreach (var token in s_tokens)
        {
            if (dice.Chance(0.8)) lines.Add($"{Convert.ToBase64String(Encoding.UTF8.GetBytes(token))} {rank++}");
        }

        for (var changes = dice.Below(4); changes > 0; changes--)
        {
            var at = dice.Below(lines.Count);
            switch (dice.Below(10))
            {
                case 0: lines[at] = Convert.ToBase64String(dice.Text()) + " " + rank++.ToString(CultureInfo.InvariantCulture); break;
                case 1: lines[at] = lines[at].Split(' ')[0] + " " + dice.Number((ulong)at).ToString(CultureInfo.InvariantCulture); break;
                case 2: lines.RemoveAt(at); break;
                case 3: lines.Add(lines[at]); break;
                case 4: lines[at] = dice.Pick("", " ", "YQ==", "YQ== ", " 1", "YQ==  1", "YQ==\t1", "YQ== +1", "YQ== 1 ", "Y 300", "==== 300", "YQ== 1e3", "\0"); break;
                case 5: lines.Insert(at, dice.Pick("", "\r", "# comment", "\uFEFF")); break;
                case 6: (lines[at], lines[^1]) = (lines[^1], lines[at]); break;
                case 7: lines.Add(Convert.ToBase64String(dice.Bytes(dice.Pick(1, 100, 1_024, 1_025, 5_000))) + " " + (rank++).ToString(CultureInfo.InvariantCulture)); break;
                case 8: lines.Add(Convert.ToBase64String(Encoding.ASCII.GetBytes(new string('a', 1 + dice.Below(64)))) + " " + (rank++).ToString(CultureInfo.InvariantCulture)); break;
                default: lines[at] += dice.Pick("\r", "\0", "x", "9999999999"); break;
            }

            if (lines.Count == 0) break;
        }

        var bytes = Encoding.UTF8.GetBytes(string.Join('\n', lines));
        return dice.Chance(0.05) ? bytes[..dice.Below(bytes.Length + 1)] : bytes;
    }

    public void Use(FuzzInput input)
    {
        var encoding = s_encodings[input.Length % s_encodings.Length];
        var tokenizer = Tokenizer.FromTiktoken(input.Bytes, encoding, limits: TokenizerUse.Limits);
        TokenizerUse.Touch(tokenizer);
        tokenizer.EncodeWithUnstable("abc  aa");
        using var stream = new MemoryStream();
        tokenizer.WriteTiktoken(stream);
        var again = Tokenizer.FromTiktoken(stream.ToArray(), encoding, limits: TokenizerUse.Limits);
        if (!again.EncodeToIds("abc aaaa xyz").AsSpan().SequenceEqual(tokenizer.EncodeToIds("abc aaaa xyz"))) throw new InvalidOperationException("the file written again differs");
    }

    public FuzzStage StageOf(TesseraException refusal) => FuzzStage.Table;
}
