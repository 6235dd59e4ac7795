using System.Buffers;
using System.Globalization;
using System.Text;

namespace Tessera.Tokenizers.Text.Normalizers;

/// <summary>
/// SentencePiece's compiled character map as tokenizers applies it: for each grapheme cluster shorter than six bytes the first (shortest)
/// hit of the trie replaces the whole cluster; else character by character. ASCII that the map leaves alone is passed over at once: two
/// such characters side by side are clusters by themselves.
/// </summary>
internal sealed class PrecompiledNormalizer : Normalizer
{
    private readonly CharacterMap _map;
    private readonly SearchValues<byte> _plain;

    /// <summary>Reads a map.</summary>
    /// <exception cref="FormatException">The lengths do not fit, or the replacements are not text.</exception>
    public PrecompiledNormalizer(ReadOnlySpan<byte> map)
    {
        _map = new CharacterMap(map);
        var (plain, count) = (new byte[128], 0);
        for (var b = 0; b < 128; b++)
        {
            // CR makes a cluster with LF.
            if (b != '\r' && !_map.TryShortest([(byte)b], out _)) plain[count++] = (byte)b;
        }

        _plain = SearchValues.Create(plain.AsSpan(0, count));
    }

    public override bool Apply(TextBuffer from, TextBuffer to)
    {
        var text = from.Span;
        var run = text.IndexOfAnyExcept(_plain);
        if (run < 0) return false;
        to.Clear(from.HasRanges);
        var rewriter = new Rewriter(from, to);
        var modified = false;
        for (var position = 0; position < text.Length;)
        {
            run = text[position..].IndexOfAnyExcept(_plain);
            if (run < 0) run = text.Length - position;
            // A mark behind it takes the last character into its cluster.
            else if (run > 0 && text[position + run] >= 0x80) run--;
            rewriter.Copy(position, run);
            position += run;
            if (position == text.Length) break;
            var end = EndOfClusters(text, position);
            if (end == position + 1 && text[position] < 0x80)
            {
                // A cluster by itself, such as the line end that becomes a blank.
                if (Replace(text.Slice(position, 1), ref rewriter)) modified = true;
                else rewriter.Add(text[position], 0);
                position = end;
                continue;
            }

            modified |= Clusters(text[position..end], ref rewriter);
            position = end;
        }

        rewriter.Flush();
        return modified;
    }

    /// <summary>A place at which surely no cluster goes on: between two ASCII characters, if they are not CR and LF.</summary>
    private static int EndOfClusters(ReadOnlySpan<byte> text, int start)
    {
        for (var i = start + 1; i < text.Length; i++)
        {
            if (text[i] < 0x80 && text[i - 1] < 0x80 && text[i - 1] != '\r') return i;
        }

        return text.Length;
    }

    private bool Clusters(ReadOnlySpan<byte> text, ref Rewriter rewriter)
    {
        var rented = ArrayPool<char>.Shared.Rent(text.Length);
        var count = Encoding.UTF8.GetChars(text, rented);
        ReadOnlySpan<char> characters = rented.AsSpan(0, count);
        var modified = false;
        for (var position = 0; position < text.Length;)
        {
            var units = StringInfo.GetNextTextElementLength(characters);
            var bytes = units == 1 ? Utf8Text.LengthOf(text[position]) : Encoding.UTF8.GetByteCount(characters[..units]);
            characters = characters[units..];
            var cluster = text.Slice(position, bytes);
            position += bytes;
            if (bytes < 6 && Replace(cluster, ref rewriter))
            {
                modified = true;
                continue;
            }

            for (var i = 0; i < cluster.Length;)
            {
                var scalar = Utf8Text.Decode(cluster, i, out var length);
                if (Replace(cluster.Slice(i, length), ref rewriter)) modified = true;
                else rewriter.Add(scalar, 0);
                i += length;
            }
        }

        ArrayPool<char>.Shared.Return(rented);
        return modified;
    }

    private bool Replace(ReadOnlySpan<byte> text, ref Rewriter rewriter)
    {
        if (!_map.TryShortest(text, out var value)) return false;
        var content = _map.Replacement(value);
        var (before, after) = (Utf8Text.Count(text), Utf8Text.Count(content));
        var written = 0;
        for (var i = 0; i < content.Length; written++)
        {
            rewriter.Add(Utf8Text.Decode(content, i, out var length), written < before ? 0 : 1);
            i += length;
        }

        if (after < before) rewriter.Swallow(before - after);
        return true;
    }

    /// <summary>
    /// Writes what <see cref="TextBuffer.Transform"/> would make of a list of scalars and changes, without the list. The last scalar waits,
    /// since what is removed behind it changes what it stands for.
    /// </summary>
    private ref struct Rewriter(TextBuffer from, TextBuffer to)
    {
        private readonly ReadOnlySpan<byte> _text = from.Span;
        private int _position; // of the next scalar that a written one stands for
        private int _scalar;
        private int _change;
        private bool _waits;
        private bool _started;

        /// <summary>Writes a scalar: 0 takes the place of the next one, 1 is inserted.</summary>
        public void Add(int scalar, int change)
        {
            Flush();
            (_scalar, _change, _waits, _started) = (scalar, change, true, true);
        }

        /// <summary>Lets the scalar written last stand for some more; before the first one nothing happens, as in the original.</summary>
        public void Swallow(int scalars)
        {
            if (_waits) _change -= scalars;
            else if (_started) Skip(scalars);
        }

        /// <summary>Copies ASCII.</summary>
        public void Copy(int start, int length)
        {
            if (length == 0) return;
            Flush();
            _started = true;
            if (_position == start)
            {
                to.AppendFrom(from, start, length);
                _position += length;
                return;
            }

            for (var i = start; i < start + length; i++)
            {
                Add(_text[i], 0);
                Flush();
            }
        }

        /// <summary>Writes what waits.</summary>
        public void Flush()
        {
            if (!_waits) return;
            _waits = false;
            if (_change > 0)
            {
                var (start, end) = _position == 0 ? (0, 0) : (from.SourceStart(_position - 1), from.SourceEnd(_position - 1));
                to.Append(_scalar, start, end);
                return;
            }

            if (_position < _text.Length) to.AppendFor(from, _position, _scalar);
            else to.Append(_scalar, 0, 0);
            Skip(1 - _change);
        }

        private void Skip(int scalars)
        {
            for (; scalars > 0 && _position < _text.Length; scalars--) _position += Utf8Text.LengthOf(_text[_position]);
        }
    }
}
