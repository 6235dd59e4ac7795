using System.Runtime.InteropServices;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.Normalizers;

namespace Tessera.Tokenizers.SentencePiece;

/// <summary>A SentencePiece model's normalisation as a step of the pipeline.</summary>
internal sealed class SentencePieceStep(SentencePieceNormalizer normalizer) : Normalizer
{
    public override bool Apply(TextBuffer from, TextBuffer to)
    {
        var (text, places) = (new List<byte>(from.Length + 3), new List<int>(from.Length + 4));
        normalizer.Apply(from.Span, text, places);
        to.Clear(from.HasRanges);
        var bytes = CollectionsMarshal.AsSpan(text);
        for (var i = 0; i < bytes.Length; i++)
        {
            // A byte's source reaches to where the next one's starts; those of one character share theirs.
            var next = i + 1;
            while (next < bytes.Length && places[next] == places[i]) next++;
            to.Append(bytes.Slice(i, 1), Place(from, places[i]), Place(from, places[next]));
        }

        return true;
    }

    private static int Place(TextBuffer from, int index) => index < from.Length ? from.SourceStart(index) : from.Length == 0 ? 0 : from.SourceEnd(from.Length - 1);
}
