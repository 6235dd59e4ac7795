namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>
/// Replaces one text by another in all tokens together, from the left, as <see cref="string.Replace(string, string)"/> does. Keeps back an end
/// that what follows could make the text looked for, so fewer characters than that has.
/// </summary>
internal sealed class LiteralReplacement(TextSink next, string from, string to) : DecodingStep(next)
{
    private string _held = "";

    public override void Write(string part, bool ends)
    {
        var text = _held + part;
        var done = 0;
        for (int at; (at = text.IndexOf(from, done, StringComparison.Ordinal)) >= 0; done = at + from.Length)
        {
            Next.Write(text[done..at], ends: false);
            Next.Write(to, ends: false);
        }

        var open = Math.Min(from.Length - 1, text.Length - done);
        while (open > 0 && !text.AsSpan().EndsWith(from.AsSpan(0, open))) open--;
        Next.Write(text[done..^open], ends: false);
        _held = text[^open..];
    }

    public override void End()
    {
        Next.Write(_held, ends: true);
        Next.End();
    }
}
