namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>A step that turns each token into another text by itself, or into none. The function is told whether a token is the first.</summary>
internal sealed class MappedTokens(TextSink next, Func<string, bool, string?> map) : TokenStep(next)
{
    private bool _isFirst = true;

    protected override void Take(string token)
    {
        if (map(token, _isFirst) is { } text) Next.Write(text, ends: true);
        _isFirst = false;
    }
}
