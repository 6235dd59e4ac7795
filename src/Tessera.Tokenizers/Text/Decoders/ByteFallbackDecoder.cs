using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>Runs of &lt;0xNN&gt; tokens to text; a run that is not UTF-8 becomes one U+FFFD for each of its bytes.</summary>
internal sealed class ByteFallbackDecoder : Decoder
{
    public override TextSink Into(TextSink next) => new Step(next);

    public override byte[] BytesOf(byte[] token) => token.Length == 6 && TryByte(Encoding.UTF8.GetString(token), out var value) ? [value] : token;

    /// <summary>The byte of a token like &lt;0x0A&gt;.</summary>
    public static bool TryByte(string token, out byte value)
    {
        value = 0;
        return token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>
    /// Keeps a run's bytes until it ends or cannot be UTF-8 any more. Where the text is read meanwhile, it keeps one character's bytes only:
    /// what was complete before bytes that are no UTF-8 has then gone out as text, as in the original's streams.
    /// </summary>
    private sealed class Step(TextSink next) : TokenStep(next)
    {
        private readonly List<byte> _run = [];
        private int _complete; // bytes of the run that make whole characters
        private bool _isText;  // a token of text has begun
        private bool _isBroken;

        public override bool IsInsideCharacter => _run.Count > _complete || base.IsInsideCharacter;

        public override void End()
        {
            EndRun();
            Next.End();
        }

        protected override void Take(string token)
        {
            if (TryByte(token, out var value))
            {
                Add(value);
                return;
            }

            EndRun();
            Next.Write(token, ends: true);
        }

        private void Add(byte value)
        {
            _run.Add(value);
            if (!_isBroken)
            {
                var status = Rune.DecodeFromUtf8(CollectionsMarshal.AsSpan(_run)[_complete..], out _, out _);
                if (status == OperationStatus.NeedMoreData) return;
                if (status == OperationStatus.Done)
                {
                    _complete = _run.Count;
                    if (IsLive) WriteComplete();
                    return;
                }
            }

            Break();
        }

        private void EndRun()
        {
            if (_run.Count > _complete) Break();
            if (_run.Count > 0) WriteComplete();
            if (_isText) Next.Write("", ends: true);
            (_isText, _isBroken) = (false, false);
        }

        private void WriteComplete()
        {
            Next.Write(Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(_run)), ends: false);
            Clear();
            _isText = true;
        }

        // Every byte that has not gone out yet is one token.
        private void Break()
        {
            if (_isText) Next.Write("", ends: true);
            (_isText, _isBroken) = (false, true);
            foreach (var _ in _run) Next.Write("\uFFFD", ends: true);
            Clear();
        }

        private void Clear()
        {
            _run.Clear();
            _complete = 0;
        }
    }
}
