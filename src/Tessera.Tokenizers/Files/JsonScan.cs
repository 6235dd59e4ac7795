using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;
using Tessera.Tokenizers.Bpe;

namespace Tessera.Tokenizers.Files;

/// <summary>
/// One pass over a tokenizer.json. The vocabulary and the merges, nearly all of the file, are read as they come, without an object or a
/// string per entry; in what is left (<see cref="Rest"/>) they are replaced by empty values, and it is small enough for a document. That
/// document checks what the pass only walked over.
/// </summary>
internal sealed class JsonScan : IModelTables
{
    private readonly byte[] _json;
    private readonly int _start;
    private readonly int _end;
    private readonly string _file;
    private readonly InputLimits _limits;
    private readonly List<int> _cuts = []; // starts and ends
    private (int Start, int End) _merges;

    private JsonScan(byte[] json, int start, int end, string file, InputLimits limits) => (_json, _start, _end, _file, _limits) = (json, start, end, file, limits);

    /// <summary>The model's vocabulary; null where there is none in one of the two forms.</summary>
    public ModelVocabulary? Vocabulary { get; private set; }

    /// <summary>Scans a file's text.</summary>
    /// <exception cref="MalformedInputException">It is not UTF-8, or an entry of the vocabulary is none.</exception>
    /// <exception cref="ResourceLimitException">It is larger than the limits allow.</exception>
    public static JsonScan Of(ReadOnlyMemory<byte> utf8, string file, InputLimits limits)
    {
        if (utf8.Length > limits.MaxJsonBytes) throw new ResourceLimitException($"bytes of {file}", utf8.Length, limits.MaxJsonBytes);
        if (utf8.Span.StartsWith("\uFEFF"u8)) utf8 = utf8[3..];
        if (!Utf8.IsValid(utf8.Span)) throw new MalformedInputException(file, "$", "text that is not UTF-8");
        if (!MemoryMarshal.TryGetArray(utf8, out var segment)) segment = new ArraySegment<byte>(utf8.ToArray());
        var scan = new JsonScan(segment.Array!, segment.Offset, segment.Offset + segment.Count, file, limits);
        var cursor = new JsonCursor(scan._json, scan._start, scan._end);
        // Where the pass loses its way the whole text goes to the document, which says what is wrong and where.
        if (!scan.Root(ref cursor)) scan._cuts.Clear();
        return scan;
    }

    /// <summary>The document of what is left.</summary>
    /// <exception cref="MalformedInputException">It is not JSON, or not an object.</exception>
    public JsonDocument Rest()
    {
        if (_cuts.Count == 0) return JsonPart.Parse(_json.AsMemory(_start, _end - _start), _file, _limits);
        var length = _end - _start;
        for (var i = 0; i < _cuts.Count; i += 2) length -= _cuts[i + 1] - _cuts[i] - 2;
        var (rest, at, from) = (new byte[length], 0, _start);
        for (var i = 0; i < _cuts.Count; i += 2)
        {
            Array.Copy(_json, from, rest, at, _cuts[i] - from);
            at += _cuts[i] - from;
            rest[at++] = _json[_cuts[i]];
            rest[at++] = _json[_cuts[i + 1] - 1];
            from = _cuts[i + 1];
        }

        Array.Copy(_json, from, rest, at, _end - from);
        try
        {
            return JsonPart.Parse(rest, _file, _limits);
        }
        catch (MalformedInputException)
        {
            // Once more, for the place in the whole text.
            JsonPart.Parse(_json.AsMemory(_start, _end - _start), _file, _limits).Dispose();
            throw;
        }
    }

    public BpeModel Bpe(JsonPart part, BpeOptions options)
    {
        var vocabulary = ModelJson.Tokens(part, Vocabulary);
        if (_merges.End == 0) throw part.Required("merges").Wrong("an array is expected");
        var merges = new MergesJson(_json, vocabulary, options.ContinuingPrefix.Length, _file, _limits).Read(_merges.Start, _merges.End);
        return new BpeModel(vocabulary, merges, options);
    }

    private bool Root(ref JsonCursor cursor)
    {
        if (!cursor.Take((byte)'{')) return false;
        if (cursor.Take((byte)'}')) return true;
        do
        {
            if (!Key(ref cursor, out var key)) return false;
            if (!(key == "model" && cursor.Peek() == '{' ? Model(ref cursor) : cursor.Skip())) return false;
        }
        while (cursor.Take((byte)','));
        return cursor.Take((byte)'}');
    }

    private bool Model(ref JsonCursor cursor)
    {
        // Of two models the last one counts, as of two equal keys anywhere.
        (Vocabulary, _merges) = (null, default);
        cursor.Take((byte)'{');
        if (cursor.Take((byte)'}')) return true;
        do
        {
            if (!Key(ref cursor, out var key)) return false;
            var first = cursor.Peek();
            var start = cursor.At;
            var taken = false;
            if (key == "vocab")
            {
                Vocabulary = first switch
                {
                    (byte)'{' => ModelVocabulary.Ids(ref cursor, _json, _end, _file, _limits),
                    (byte)'[' => ModelVocabulary.Scored(ref cursor, _json, _end, _file, _limits),
                    _ => null,
                };
                taken = Vocabulary is not null;
            }

            if (!taken && !cursor.Skip()) return false;
            if (key == "merges")
            {
                taken = first == '[';
                _merges = taken ? (start, cursor.At) : default;
            }

            if (!taken) continue;
            _cuts.Add(start);
            _cuts.Add(cursor.At);
        }
        while (cursor.Take((byte)','));
        return cursor.Take((byte)'}');
    }

    private static bool Key(ref JsonCursor cursor, out string key)
    {
        key = "";
        if (!cursor.TakeString(out var start, out var length, out var escaped)) return false;
        if (escaped)
        {
            var text = new byte[length];
            var written = cursor.Unescape(start, length, text);
            if (written < 0) return false;
            key = System.Text.Encoding.UTF8.GetString(text, 0, written);
        }
        else
        {
            key = cursor.Shown(start, length);
        }

        return cursor.Take((byte)':');
    }
}
