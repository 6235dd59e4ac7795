using System.Text;
using Tessera.Tokenizers.Bpe;

namespace Tessera.Tokenizers.Files;

/// <summary>Reads the merges of a tokenizer.json's BPE, each written <c>"a b"</c> or <c>["a", "b"]</c>, without a string per merge.</summary>
/// <param name="json">The file's text.</param>
/// <param name="vocabulary">The tokens as the file writes them.</param>
/// <param name="prefix">The length of the prefix that a part inside a word carries; joined, the second one loses it.</param>
/// <param name="file">The file for messages.</param>
/// <param name="limits">Bounds.</param>
internal sealed class MergesJson(byte[] json, Vocabulary vocabulary, int prefix, string file, InputLimits limits)
{
    // About how many bytes of JSON a merge takes, to make room at once; a wrong guess costs a copy.
    private const int JsonBytesPerMerge = 16;

    private byte[] _text = new byte[512]; // the parts of the merge, one behind the other
    private readonly bool _ordered = vocabulary.IsUnique;
    private int _number;

    /// <summary>The merges in order.</summary>
    /// <param name="start">Where their array starts.</param>
    /// <param name="end">Where it ends.</param>
    public Merge[] Read(int start, int end)
    {
        var cursor = new JsonCursor(json, start, end);
        var merges = new Merge[Math.Min((end - start) / JsonBytesPerMerge + 1, limits.MaxVocabulary)];
        var (count, previous) = (0, -1);
        cursor.Take((byte)'[');
        if (cursor.Take((byte)']')) return [];
        var inPairs = cursor.Peek() == '[';
        do
        {
            if (count >= limits.MaxVocabulary) throw new ResourceLimitException("entries of a vocabulary", count + 1L, limits.MaxVocabulary);
            if (cursor.Peek() != (inPairs ? '[' : '"')) throw Wrong(cursor.Peek() is (byte)'[' or (byte)'"' ? "merges written in two ways" : "two parts are expected");
            if (inPairs ? Pair(ref cursor, out var left, out var length) : Joined(ref cursor, out left, out length))
            {
                if (count == merges.Length) Array.Resize(ref merges, 2 * count);
                merges[count] = Find(left, length, count, previous);
                previous = merges[count++].Result;
            }

            _number++;
        }
        while (cursor.Take((byte)','));
        if (!cursor.Take((byte)']')) throw Wrong("not JSON");
        if (count == merges.Length) return merges;
        var exact = new Merge[count];
        Array.Copy(merges, exact, count);
        return exact;
    }

    /// <summary>Two strings in an array.</summary>
    private bool Pair(ref JsonCursor cursor, out int left, out int length)
    {
        cursor.Take((byte)'[');
        left = Take(ref cursor, 0);
        if (!cursor.Take((byte)',')) throw Wrong("two parts are expected");
        length = Take(ref cursor, left);
        return cursor.Take((byte)']') ? true : throw Wrong("two parts are expected");
    }

    /// <summary>Two parts in a string with a blank between; false for a version line.</summary>
    private bool Joined(ref JsonCursor cursor, out int left, out int length)
    {
        length = Take(ref cursor, 0);
        left = -1;
        if (length >= 8 && _text.AsSpan(0, length).StartsWith("#version"u8)) return false;
        for (var i = 0; i < length; i++)
        {
            if (_text[i] != ' ') continue;
            if (left >= 0) throw Wrong("two parts with a blank between are expected");
            left = i;
        }

        if (left < 0) throw Wrong("two parts with a blank between are expected");
        length--;
        for (var i = left; i < length; i++) _text[i] = _text[i + 1];
        return true;
    }

    private Merge Find(int left, int length, int rank, int previous)
    {
        var (leftId, rightId) = (vocabulary.Find(_text.AsSpan(0, left)), vocabulary.Find(_text.AsSpan(left, length - left)));
        if (leftId < 0 || rightId < 0) throw Wrong($"\"{(leftId < 0 ? Shown(0, left) : Shown(left, length))}\" is not in the vocabulary");
        if (left == 0 || length - left == prefix) throw Wrong("a merge with an empty part");
        if (prefix > 0)
        {
            if (prefix > length - left) throw Wrong($"\"{Shown(left, length)}\" is shorter than the prefix of continuing parts");
            _text.AsSpan(left + prefix, length - left - prefix).CopyTo(_text.AsSpan(left));
            length -= prefix;
        }

        // In most files the tokens stand in the order of their merges, each with one merge or with all that lead to it.
        var joined = _text.AsSpan(0, length);
        var result = !_ordered ? vocabulary.Find(joined)
            : vocabulary[previous].SequenceEqual(joined) ? previous
            : vocabulary[previous + 1].SequenceEqual(joined) ? previous + 1
            : vocabulary.Find(joined);
        return result >= 0 ? new Merge(leftId, rightId, rank, result) : throw Wrong($"\"{Shown(0, length)}\", what the parts join to, is not in the vocabulary");
    }

    /// <summary>Copies the next string to a place in the text; gives its end.</summary>
    private int Take(ref JsonCursor cursor, int at)
    {
        if (!cursor.TakeString(out var start, out var inside, out var escaped)) throw Wrong("a string is expected");
        if (_text.Length - at < inside) Array.Resize(ref _text, 2 * (at + inside));
        if (escaped)
        {
            var length = cursor.Unescape(start, inside, _text.AsSpan(at));
            return length >= 0 ? at + length : throw Wrong($"\"{cursor.Shown(start, inside)}\" is no valid text");
        }

        for (var i = 0; i < inside; i++) _text[at + i] = json[start + i];
        return at + inside;
    }

    private string Shown(int from, int to) => Encoding.UTF8.GetString(_text, from, Math.Min(to - from, 200));

    private MalformedInputException Wrong(string reason) => new(file, $"$.model.merges[{_number}]", reason);
}
