using System.Text;

namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>Byte-level tokens back to bytes, and all bytes together to text; a token with a character outside the byte alphabet stands for itself.</summary>
internal sealed class ByteLevelDecoder : Decoder
{
    public override TextSink Into(TextSink next) => new Step(next);

    public override byte[] BytesOf(byte[] token) => ByteAlphabet.Decode(token) ?? token;

    /// <summary>Takes tokens, or their bytes, and keeps back the bytes of a character that is not complete: three at most.</summary>
    internal sealed class Step(TextSink next) : TokenStep(next)
    {
        private readonly byte[] _open = new byte[3];
        private int _openLength;

        public override bool IsInsideCharacter => _openLength > 0 || base.IsInsideCharacter;

        /// <summary>Takes the bytes of a token.</summary>
        public void Write(ReadOnlySpan<byte> bytes)
        {
            Span<byte> all = bytes.Length < 256 ? stackalloc byte[_openLength + bytes.Length] : new byte[_openLength + bytes.Length];
            _open.AsSpan(0, _openLength).CopyTo(all);
            bytes.CopyTo(all[_openLength..]);
            _openLength = Utf8Text.IncompleteLength(all);
            all[^_openLength..].CopyTo(_open);
            Next.Write(Encoding.UTF8.GetString(all[..^_openLength]), ends: false);
        }

        public override void End()
        {
            Next.Write(Encoding.UTF8.GetString(_open, 0, _openLength), ends: true);
            Next.End();
        }

        protected override void Take(string token)
        {
            var utf8 = Encoding.UTF8.GetBytes(token);
            Write(ByteAlphabet.Decode(utf8) ?? utf8);
        }
    }
}
