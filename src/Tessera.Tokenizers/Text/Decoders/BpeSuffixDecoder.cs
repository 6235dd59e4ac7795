using System.Text;

namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>End-of-word suffixes to blanks; to nothing in the last token.</summary>
internal sealed class BpeSuffixDecoder(string suffix) : Decoder
{
    public override TextSink Into(TextSink next) => suffix.Length == 0 ? next : new Step(next, suffix);

    public override byte[] BytesOf(byte[] token) =>
        suffix.Length == 0 ? token : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(token).Replace(suffix, " ", StringComparison.Ordinal));

    /// <summary>Keeps a token's text from its first suffix on until another token follows.</summary>
    private sealed class Step(TextSink next, string suffix) : TokenStep(next)
    {
        private string? _held;

        public override void End()
        {
            Release("");
            Next.End();
        }

        protected override void Take(string token)
        {
            Release(" ");
            var start = token.IndexOf(suffix, StringComparison.Ordinal);
            Next.Write(start < 0 ? token : token[..start], ends: start < 0);
            _held = start < 0 ? null : token[start..];
        }

        private void Release(string replacement)
        {
            if (_held is { } rest) Next.Write(rest.Replace(suffix, replacement, StringComparison.Ordinal), ends: true);
            _held = null;
        }
    }
}
