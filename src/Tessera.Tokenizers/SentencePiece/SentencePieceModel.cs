using Tessera.Tokenizers.Text.Decoders;

namespace Tessera.Tokenizers.SentencePiece;

/// <summary>A SentencePiece model's segmentation as the model of a pipeline: normalised text to pieces.</summary>
internal sealed class SentencePieceModel(Vocabulary vocabulary, PieceTable pieces, PieceSegmenter segmenter, bool byteFallback) : TokenModel
{
    public override Vocabulary Vocabulary { get; } = vocabulary;

    public override void Tokenize(ReadOnlySpan<byte> piece, TokenBuffer output, EncodeScratch scratch)
    {
        var segments = new List<(int Id, int Length)>();
        segmenter.Segment(piece, segments);
        for (int i = 0, start = 0; i < segments.Count; i++)
        {
            var (id, length) = segments[i];
            var end = start + length;
            if (id == pieces.Unknown && byteFallback)
            {
                foreach (var value in piece[start..end]) output.Add(pieces.OfByte(value), start, end);
            }
            else if (id == pieces.Unknown)
            {
                // Neighbouring unknown text is one token.
                while (i + 1 < segments.Count && segments[i + 1].Id == id) end += segments[++i].Length;
                output.Add(id, start, end);
                output.SetText(piece[start..end]);
            }
            else
            {
                output.Add(id, start, end);
            }

            start = end;
        }
    }

    /// <summary>A SentencePiece model's way back to text.</summary>
    internal sealed class TextDecoder(SentencePieceTokenizer model) : Decoder
    {
        public override TextSink Into(TextSink next) => new Step(next, model);

        public override byte[] BytesOf(byte[] token) => model.BytesOf(token);

        /// <summary>Keeps the bytes of one character, but all text where a map of characters is applied to it as a whole.</summary>
        private sealed class Step(TextSink next, SentencePieceTokenizer model) : TokenStep(next)
        {
            private readonly PieceDecoding _decoding = model.BeginDecoding();
            private readonly List<byte> _text = [];

            public override bool IsInsideCharacter => _decoding.IsInsideCharacter || base.IsInsideCharacter;

            public override void End()
            {
                _decoding.End(_text);
                Write(ends: true);
                Next.End();
            }

            protected override void Take(string token)
            {
                _decoding.Add(model.PieceToId(token), _text);
                if (!model.Denormalizes) Write(ends: false);
            }

            private void Write(bool ends)
            {
                Next.Write(model.Denormalized(_text), ends);
                _text.Clear();
            }
        }
    }
}
