using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Text.PreTokenizers;

/// <summary>
/// Cuts where the script changes (Unicode 9); common and inherited count as scripts. Kana and the long-vowel mark count as Han; a blank
/// and what has no script belong to what stands before. At the very start of a piece they are dropped, as in the original.
/// </summary>
internal sealed class UnicodeScriptsPreTokenizer : CuttingPreTokenizer
{
    public override void Cut(ReadOnlySpan<byte> piece, int offset, PieceList into)
    {
        string? last = null;
        var start = -1;
        for (var i = 0; i < piece.Length;)
        {
            var script = ScriptOf(Utf8Text.Decode(piece, i, out var length));
            if (script is not null && script != last)
            {
                if (start >= 0) into.Add(offset + start, offset + i);
                (start, last) = (i, script);
            }

            i += length;
        }

        if (start >= 0) into.Add(offset + start, offset + piece.Length);
    }

    private static string? ScriptOf(int scalar)
    {
        if (scalar == ' ') return null;
        if (scalar == 0x30FC) return "Han";
        return UnicodeTables.Script(scalar) switch
        {
            "Hiragana" or "Katakana" => "Han",
            "Unknown" => null,
            var script => script,
        };
    }
}
