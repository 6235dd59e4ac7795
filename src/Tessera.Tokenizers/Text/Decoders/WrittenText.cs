using System.Text;

namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>The end of the way: the texts of all tokens together.</summary>
internal sealed class WrittenText(bool isLive) : TextSink
{
    private readonly StringBuilder _text = new();

    public override bool IsLive => isLive;

    public override bool IsInsideCharacter => false;

    /// <summary>How much was written since the last <see cref="Take"/>.</summary>
    public int Length => _text.Length;

    /// <summary>Whether what was written ends in U+FFFD.</summary>
    public bool EndsInReplacement => _text.Length > 0 && _text[^1] == '\uFFFD';

    public override void Write(string part, bool ends) => _text.Append(part);

    public override void End()
    {
    }

    /// <summary>Gives what was written since the last time.</summary>
    public string Take()
    {
        var text = _text.ToString();
        _text.Clear();
        return text;
    }
}
