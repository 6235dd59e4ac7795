using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary><c>\w+|[^\w\s]+</c> as a scanner.</summary>
internal sealed class WordOrSymbolPattern : TextPattern
{
    public override bool Find(ReadOnlySpan<byte> text, int from, ref long fuel, out int start, out int end)
    {
        start = CharacterClass.Run(text, from, CharacterClass.Space);
        end = start;
        if (start == text.Length) return false;
        var word = CharacterClass.IsWordOrJoiner(Utf8Text.Decode(text, start, out var length));
        for (end += length; end < text.Length; end += length)
        {
            var scalar = Utf8Text.Decode(text, end, out length);
            if (CharacterClass.IsWordOrJoiner(scalar) != word || !word && CharacterClass.Is(scalar, CharacterClass.Space)) break;
        }

        return true;
    }
}
