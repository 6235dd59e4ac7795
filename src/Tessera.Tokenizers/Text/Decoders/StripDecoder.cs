using System.Text;

namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>Takes up to a number of a character from the start and the end of every string. Where both cuts meet nothing is left.</summary>
internal sealed class StripDecoder(Rune content, int start, int stop) : Decoder
{
    public override TextSink Into(TextSink next) => new Step(next, content.ToString(), start, stop);

    /// <summary>Keeps back the marks at the end of what was seen, as many as would have to go if the string ended there.</summary>
    private sealed class Step(TextSink next, string mark, int start, int stop) : DecodingStep(next)
    {
        private int _taken; // marks at the string's start
        private bool _begun; // whether text was seen that is not taken from the start
        private int _held;

        public override void Write(string part, bool ends)
        {
            var from = 0;
            for (; !_begun && _taken < start && part.AsSpan(from).StartsWith(mark); _taken++) from += mark.Length;
            _begun |= from < part.Length;
            var (to, marks) = (part.Length, 0);
            for (; marks < stop && part.AsSpan(from, to - from).EndsWith(mark); marks++) to -= mark.Length;
            if (to == from) marks += _held; // nothing but marks: they join those before
            var stay = to == from ? Math.Max(0, marks - stop) : _held;
            if (stay > 0) Next.Write(string.Concat(Enumerable.Repeat(mark, stay)), ends: false);
            if (to > from) Next.Write(part[from..to], ends: false);
            _held = Math.Min(marks, stop);
            if (!ends) return;
            (_taken, _begun, _held) = (0, false, 0);
            Next.Write("", ends: true);
        }
    }
}
