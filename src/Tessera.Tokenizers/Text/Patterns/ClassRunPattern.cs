namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>Runs of characters that satisfy a test, as matches: whole runs, up to a number of characters, or each character alone.</summary>
/// <param name="test">Which scalars belong.</param>
/// <param name="most">The most characters of one match.</param>
internal sealed class ClassRunPattern(Func<int, bool> test, int most = int.MaxValue) : TextPattern
{
    public override bool Find(ReadOnlySpan<byte> text, int from, ref long fuel, out int start, out int end)
    {
        for (start = from; start < text.Length;)
        {
            if (test(Utf8Text.Decode(text, start, out var length)))
            {
                end = start + length;
                for (var count = 1; count < most && end < text.Length && test(Utf8Text.Decode(text, end, out length)); count++) end += length;
                return true;
            }

            start += length;
        }

        end = start;
        return false;
    }
}
