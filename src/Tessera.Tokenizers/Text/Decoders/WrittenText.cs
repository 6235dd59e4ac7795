using System.Text;

namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>The end of the way: the texts of all tokens together.</summary>
internal sealed class WrittenText(bool isLive) : TextSink
{
    private readonly StringBuilder _parts = new();
    private string _only = ""; // the first part, until there is another: in a stream there hardly ever is

    public override bool IsLive => isLive;

    public override bool IsInsideCharacter => false;

    /// <summary>How much was written since the last <see cref="Take"/>.</summary>
    public int Length => _only.Length + _parts.Length;

    /// <summary>Whether what was written ends in U+FFFD.</summary>
    public bool EndsInReplacement => _only.EndsWith('\uFFFD') || _parts.Length > 0 && _parts[^1] == '\uFFFD';

    public override void Write(string part, bool ends)
    {
        if (Length == 0)
        {
            _only = part;
            return;
        }

        _parts.Append(_only).Append(part);
        _only = "";
    }

    public override void End()
    {
    }

    /// <summary>Gives what was written since the last time.</summary>
    public string Take()
    {
        var text = _parts.Length == 0 ? _only : _parts.ToString();
        _parts.Clear();
        _only = "";
        return text;
    }
}
