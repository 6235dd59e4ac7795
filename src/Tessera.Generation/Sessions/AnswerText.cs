using System.Text;

namespace Tessera.Generation;

/// <summary>
/// Turns the bytes of generated tokens into text as they come: finds stop strings across token borders (Knuth–Morris–Pratt on bytes, one
/// automaton a string), holds back what may still become one, and releases whole characters only. Where several stop strings end at the
/// same byte, the one that begins first counts. Bytes that are no UTF-8 become U+FFFD.
/// </summary>
internal sealed class AnswerText
{
    private readonly byte[][] _stops;
    private readonly int[][] _failures; // per stop string: length of the longest proper prefix that is also a suffix, per prefix
    private readonly int[] _matched; // per stop string: how many of its bytes the text ends with
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _text = new();
    private readonly List<byte> _pending = [];
    private readonly char[] _chars = new char[256];

    public AnswerText(IReadOnlyList<string> stopStrings)
    {
        _stops = [.. stopStrings.Select(Encoding.UTF8.GetBytes)];
        _failures = [.. _stops.Select(Failures)];
        _matched = new int[_stops.Length];
    }

    /// <summary>Whether a stop string has been found; nothing more may be added then.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Adds a token's bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="last">Whether this is the end, so that what was held back is text after all.</param>
    /// <returns>The text that has become certain.</returns>
    public string Add(ReadOnlySpan<byte> bytes, bool last)
    {
        foreach (var value in bytes)
        {
            _pending.Add(value);
            if (Advance(value) is var found and > 0)
            {
                Stopped = true;
                _pending.RemoveRange(_pending.Count - found, found);
                return Release(_pending.Count, flush: true);
            }
        }

        var held = 0;
        foreach (var matched in _matched)
            held = Math.Max(held, matched);
        return Release(last ? _pending.Count : _pending.Count - held, last);
    }

    /// <summary>Moves every automaton on by a byte.</summary>
    /// <returns>The length of the longest stop string that ends here, or 0.</returns>
    private int Advance(byte value)
    {
        var found = 0;
        for (var s = 0; s < _stops.Length; s++)
        {
            var (stop, matched) = (_stops[s], _matched[s]);
            while (matched > 0 && stop[matched] != value)
                matched = _failures[s][matched - 1];
            if (stop[matched] == value)
                matched++;
            if (matched == stop.Length)
                found = Math.Max(found, matched);
            _matched[s] = matched;
        }

        return found;
    }

    private string Release(int count, bool flush)
    {
        var bytes = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_pending)[..count];
        _text.Clear();
        for (var done = false; !done;)
        {
            _decoder.Convert(bytes, _chars, flush, out var used, out var written, out done);
            bytes = bytes[used..];
            _text.Append(_chars, 0, written);
            done &= bytes.IsEmpty;
        }

        _pending.RemoveRange(0, count);
        return _text.ToString();
    }

    private static int[] Failures(byte[] stop)
    {
        var failures = new int[stop.Length];
        for (int i = 1, k = 0; i < stop.Length; i++)
        {
            while (k > 0 && stop[i] != stop[k])
                k = failures[k - 1];
            if (stop[i] == stop[k])
                k++;
            failures[i] = k;
        }

        return failures;
    }
}
