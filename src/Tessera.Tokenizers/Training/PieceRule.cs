using System.Text;
using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Training;

/// <summary>Which stretches of text may be pieces of a SentencePiece model (TrainerInterface::IsValidSentencePiece of google/sentencepiece).</summary>
internal sealed class PieceRule(SentencePieceTrainerOptions options)
{
    /// <summary>What stands for a blank.</summary>
    public const int Blank = 0x2581;

    /// <summary>What stands for a character that is no piece.</summary>
    public const int Rare = 0x2585;

    /// <summary>What stands where a piece with a meaning stood.</summary>
    public const int CutMark = 0x1F;

    private const string AnyScript = "";

    /// <summary>Whether a text may be a piece.</summary>
    public bool Allows(string text)
    {
        var script = AnyScript;
        var (place, length) = (0, PieceText.Length(text));
        if (length == 0 || length > options.MaxPieceLength) return false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is Rare or CutMark or 0 or ' ') return false;
            if (rune.Value == Blank)
            {
                // Before a word, or inside a piece of several; never at the end of one.
                if (place > 0 && (options.SplitByWhitespace || place == length - 1)) return false;
            }
            else if (!Continues(rune, length, ref script))
            {
                return false;
            }

            place++;
        }

        return true;
    }

    private bool Continues(Rune rune, int length, ref string script)
    {
        var isDigit = rune.Value is >= '0' and <= '9' or >= 0xFF10 and <= 0xFF19;
        if (options.SplitDigits && isDigit && length > 1) return false;
        var own = !options.SplitByNumber && isDigit ? AnyScript : ScriptOf(rune.Value, script);
        if (options.SplitByScript && own != AnyScript && script != AnyScript && own != script) return false;
        script = own;
        return true;
    }

    private static string ScriptOf(int scalar, string before)
    {
        if (scalar == 0x30FC) return "Han"; // the mark of long vowels in kana
        return UnicodeTables.Script(scalar) switch
        {
            "Hiragana" or "Katakana" => "Han",
            "Inherited" => before,
            "Unknown" => "Common",
            var script => script,
        };
    }
}
