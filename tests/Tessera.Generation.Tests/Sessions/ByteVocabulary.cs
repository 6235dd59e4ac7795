using System.Text;

namespace Tessera.Generation.Tests.Sessions;

/// <summary>Token b below 256 is the byte b; the tokens behind them are given texts; the last one is a control token.</summary>
internal sealed class ByteVocabulary(params string[] more) : ITokenText
{
    public int Size => 256 + more.Length;

    public int Control => Size - 1;

    public ReadOnlyMemory<byte> Bytes(int id) => id < 256 ? new[] { (byte)id } : Encoding.UTF8.GetBytes(more[id - 256]);

    public bool IsControl(int id) => id == Control;

    /// <summary>A decoder that says texts: after a prompt of <paramref name="promptLength"/> tokens it follows a script, then ends.</summary>
    public FakeDecoder Saying(int promptLength, int[] script, int contextLength = 200) => new(Size, contextLength, (history, row) =>
    {
        var at = history.Length - promptLength;
        row[at < script.Length ? script[at] : Control] = 20;
    });

    public static int[] Ids(string text) => [.. Encoding.UTF8.GetBytes(text).Select(b => (int)b)];
}
