using System.Text;

namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>A step that has to see a token as a whole.</summary>
internal abstract class TokenStep(TextSink next) : DecodingStep(next)
{
    private StringBuilder? _parts; // of the token that has begun; most tokens come in one part

    public sealed override void Write(string part, bool ends)
    {
        if (ends && _parts is null)
        {
            Take(part);
            return;
        }

        _parts = (_parts ?? new StringBuilder()).Append(part);
        if (!ends) return;
        var token = _parts.ToString();
        _parts = null;
        Take(token);
    }

    /// <summary>Takes a token.</summary>
    protected abstract void Take(string token);
}
