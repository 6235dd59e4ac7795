namespace Tessera.Tokenizers.Text.Normalizers;

/// <summary>Maps every byte to a printable character (<see cref="ByteAlphabet"/>); cuts nothing.</summary>
internal sealed class ByteLevelNormalizer : Normalizer
{
    public override bool Apply(TextBuffer from, TextBuffer to)
    {
        if (from.Length == 0) return false;
        to.Clear(from.HasRanges);
        ByteAlphabet.Append(from, 0, from.Length, to);
        return true;
    }
}
