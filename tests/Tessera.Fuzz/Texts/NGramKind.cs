using System.Security.Cryptography;
using Tessera.Tokenizers.Coding;

namespace Tessera.Fuzz;

/// <summary>Files of n-gram models: read, and asked for frequencies.</summary>
internal sealed class NGramKind : IFuzzKind
{
    public string Name => "ngram";

    public string Description => "reads an n-gram model, asks it for frequencies after several contexts";

    public byte[] Make(FuzzDice dice)
    {
        var alphabet = 1 + dice.Below(20);
        var text = new byte[dice.Below(200)];
        for (var i = 0; i < text.Length; i++) text[i] = (byte)(dice.Below(alphabet) * 13);
        var body = NGramFile.Write(NGramByteModel.Train(text, dice.Below(4)))[..^SHA256.HashSizeInBytes].ToList();
        var mutations = 1 + dice.Below(3);
        for (var i = 0; i < mutations; i++) Mutate(body, dice);
        var file = body.ToArray();
        byte[] whole = [.. file, .. SHA256.HashData(file)];
        if (dice.Below(20) == 0) whole[dice.Below(whole.Length)] ^= 1;
        return dice.Below(20) == 0 ? whole[..dice.Below(whole.Length)] : whole;
    }

    public void Use(FuzzInput input)
    {
        var model = NGramFile.Read(input.Bytes);
        var frequencies = new int[256];
        foreach (byte[] context in new byte[][] { [], [0], [13, 26], [0, 13, 0, 13], [255, 255, 255, 255, 255, 255, 255] })
        {
            model.Frequencies(context, frequencies);
            if (frequencies.Sum() != IntegerByteModel.Total || frequencies.Min() < 1) throw new InvalidOperationException("frequencies that are none");
        }
    }

    public FuzzStage StageOf(TesseraException refusal) => refusal switch
    {
        MalformedInputException { Place: "byte 0" } or UnsupportedFeatureException => FuzzStage.Header,
        MalformedInputException { Reason: var reason } when reason.StartsWith("the checksum", StringComparison.Ordinal) || reason.StartsWith("the order", StringComparison.Ordinal) => FuzzStage.Header,
        _ => FuzzStage.Table,
    };

    private static void Mutate(List<byte> body, FuzzDice dice)
    {
        const int Front = 10; // magic, version, order
        var at = dice.Below(20) == 0 ? dice.Below(Front) : Front + dice.Below(body.Count - Front);
        switch (dice.Below(5))
        {
            case 0:
                body[at] ^= (byte)(1 << dice.Below(8));
                break;
            case 1:
                body[at] = dice.Pick<byte>(0, 1, 0x7F, 0x80, 0xFF);
                break;
            case 2:
                body.InsertRange(at, dice.Bytes(1 + dice.Below(4)));
                break;
            case 3:
                body.InsertRange(at, Enumerable.Repeat((byte)0xFF, dice.Pick(1, 4, 8, 9, 12)));
                break;
            default:
                if (body.Count > Front + 1) body.RemoveAt(Math.Max(at, Front));
                break;
        }
    }
}
