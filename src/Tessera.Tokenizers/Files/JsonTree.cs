using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Files;

/// <summary>
/// JSON text, checked against the grammar (RFC 8259) in one pass and indexed: a row for every value and every name says where it starts, where
/// it ends, and which row follows its inside. <see cref="JsonPart"/> walks it. What a derived reader takes for itself gets a row without an inside.
/// </summary>
/// <remarks>Written for the first milliseconds of a process: plain loops over arrays, nothing that the runtime has to compile first.</remarks>
internal class JsonTree
{
    /// <summary>The row of the outermost value.</summary>
    public const int Root = 0;

    private readonly int _start;
    private readonly int _end;
    private readonly string _root;
    private Row[] _rows = new Row[128];
    private int _count;

    /// <summary>Takes a text; <see cref="Read"/> reads it.</summary>
    /// <param name="utf8">The text; a byte order mark is passed over.</param>
    /// <param name="file">The file for messages.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="root">What messages call the outermost value.</param>
    /// <exception cref="MalformedInputException">It is not UTF-8.</exception>
    /// <exception cref="ResourceLimitException">It is larger than the limits allow.</exception>
    protected JsonTree(byte[] utf8, string file, InputLimits limits, string root = "$")
    {
        if (utf8.Length > limits.MaxJsonBytes) throw new ResourceLimitException($"bytes of {file}", utf8.Length, limits.MaxJsonBytes);
        (Json, _end, File, Limits, _root) = (utf8, utf8.Length, file, limits, root);
        if (_end >= 3 && Json[0] == 0xEF && Json[1] == 0xBB && Json[2] == 0xBF) _start = 3;
        if (!Utf8.IsValid(new ReadOnlySpan<byte>(Json, _start, _end - _start))) throw new MalformedInputException(file, root, "text that is not UTF-8");
    }

    /// <summary>The file for messages.</summary>
    public string File { get; }

    /// <summary>The bytes that hold the text.</summary>
    protected byte[] Json { get; }

    /// <summary>Where the text ends in <see cref="Json"/>.</summary>
    protected int End => _end;

    /// <summary>Bounds.</summary>
    protected InputLimits Limits { get; }

    /// <summary>Reads a text.</summary>
    /// <exception cref="MalformedInputException">It is not JSON, or nested too deeply.</exception>
    public static JsonTree Of(byte[] utf8, string file, InputLimits limits, string root = "$")
    {
        var tree = new JsonTree(utf8, file, limits, root);
        tree.Read();
        return tree;
    }

    /// <summary>The bytes as an array of their own, which most already are.</summary>
    public static byte[] Whole(ReadOnlyMemory<byte> utf8) =>
        MemoryMarshal.TryGetArray(utf8, out var segment) && segment.Array is { } array && segment.Count == array.Length ? array : utf8.ToArray();

    /// <summary>The first byte of a value: a quote, a bracket, or the start of a number or literal.</summary>
    public byte KindOf(int row) => Json[_rows[row].Start];

    /// <summary>The row behind a value and its inside; <paramref name="row"/> + 1 is the first one inside.</summary>
    public int Behind(int row) => _rows[row].Next;

    /// <summary>A value as the text writes it.</summary>
    public string Raw(int row) => Utf8Text.ToUtf16(Bytes(row));

    /// <summary>A cursor before a value, which ends where the value ends.</summary>
    public JsonCursor CursorAt(int row) => new(Json, _rows[row].Start, _rows[row].End);

    /// <summary>A value's text.</summary>
    public ReadOnlySpan<byte> Bytes(int row) => new(Json, _rows[row].Start, _rows[row].End - _rows[row].Start);

    /// <summary>What a string or a name stands for; null where an escape in a string is half a surrogate pair, which no name has.</summary>
    public string? Text(int row)
    {
        var (start, length) = (_rows[row].Start + 1, _rows[row].End - _rows[row].Start - 2);
        var text = new byte[length];
        var written = CursorAt(row).Unescape(start, length, text);
        return written < 0 ? null : Utf8Text.ToUtf16(text.AsSpan(0, written));
    }

    /// <summary>Whether a name is a key, which is ASCII.</summary>
    public bool IsNamed(int row, string key)
    {
        var (start, length) = (_rows[row].Start + 1, _rows[row].End - _rows[row].Start - 2);
        if (length < key.Length) return false;
        for (var i = 0; i < length; i++)
        {
            var b = Json[start + i];
            if (b == '\\') return Text(row) == key;
            if (i < key.Length && b != key[i]) return false;
        }

        return length == key.Length;
    }

    /// <summary>Where a value or name stands, such as <c>$.model.vocab</c> or <c>$.added_tokens[3]</c>; found by walking, for messages.</summary>
    public string PathOf(int row)
    {
        var path = new StringBuilder(_root);
        for (var at = Root; at != row;)
        {
            var (isObject, child, number) = (KindOf(at) == '{', at + 1, 0);
            // Of the values inside the last one that does not start behind the row holds it.
            for (var next = child; next <= row; next = Behind(isObject ? next + 1 : next), number++) child = next;
            if (!isObject) path.Append('[').Append(number - 1).Append(']');
            else if (child == row) return path.ToString(); // a name: the place is the object's
            else path.Append(Step(child++));
            at = child;
        }

        return path.ToString();
    }

    /// <summary>Reads the text into rows.</summary>
    /// <exception cref="MalformedInputException">It is not JSON, or nested too deeply.</exception>
    protected void Read()
    {
        var cursor = new JsonCursor(Json, _start, _end);
        var (parent, depth, expectsValue) = (-1, 0, true);
        while (true)
        {
            if (expectsValue)
            {
                var first = cursor.Peek();
                var row = Open(cursor.At, parent);
                expectsValue = false;
                if (first is not ((byte)'{' or (byte)'['))
                {
                    if (!(first == '"' ? cursor.TakeString(out var start, out var length, out var escaped) && (!escaped || cursor.AreEscapes(start, length)) : cursor.TakeNumber() || cursor.TakeLiteral())) throw Broken(cursor, "a value is expected");
                    Close(row, cursor.At);
                    continue;
                }

                if (++depth > Limits.MaxDepth) throw Broken(cursor, $"nested deeper than {Limits.MaxDepth}");
                cursor.At++;
                parent = row;
                if (cursor.Peek() != first + 2) expectsValue = first == '[' || !Member(ref cursor, parent); // ] and } stand two behind [ and {
            }
            else if (parent < 0)
            {
                cursor.Peek();
                if (cursor.At < _end) throw Broken(cursor, "more behind the end");
                return;
            }
            else if (cursor.Take((byte)(KindOf(parent) + 2)))
            {
                var row = parent;
                parent = _rows[row].Next;
                Close(row, cursor.At);
                depth--;
            }
            else if (cursor.Take((byte)','))
            {
                expectsValue = KindOf(parent) == '[' || !Member(ref cursor, parent);
            }
            else
            {
                throw Broken(cursor, "a comma or the end of an array or object is expected");
            }
        }
    }

    /// <summary>Offers the value of a member before it is read.</summary>
    /// <param name="parent">The row of the object that holds it.</param>
    /// <param name="name">The row of its name; the value gets the next one.</param>
    /// <param name="cursor">Stands before the value; behind it where it was taken, else where it stood.</param>
    /// <returns>Whether it was taken, and with it the duty to check that it is JSON.</returns>
    protected virtual bool TryTake(int parent, int name, ref JsonCursor cursor) => false;

    /// <summary>Reads a name and the colon; true where the value was taken too.</summary>
    private bool Member(ref JsonCursor cursor, int parent)
    {
        cursor.Peek();
        var name = Open(cursor.At, parent);
        if (!cursor.TakeString(out var start, out var length, out var escaped) || escaped && !cursor.AreEscapes(start, length)) throw Broken(cursor, "a name is expected");
        Close(name, cursor.At);
        if (escaped && Text(name) is null) throw Broken(cursor, "a name that is no valid text (a lone surrogate)");
        if (!cursor.Take((byte)':')) throw Broken(cursor, "a colon is expected");
        cursor.Peek();
        var before = cursor.At;
        if (!TryTake(parent, name, ref cursor)) return false;
        Close(Open(before, parent), cursor.At);
        return true;
    }

    private int Open(int start, int parent)
    {
        if (_count == _rows.Length)
        {
            var rows = new Row[2 * _count];
            Array.Copy(_rows, rows, _count);
            _rows = rows;
        }

        _rows[_count] = new Row { Start = start, Next = parent }; // the parent until it is closed
        return _count++;
    }

    private void Close(int row, int end)
    {
        _rows[row].End = end;
        _rows[row].Next = _count;
    }

    private string Step(int name)
    {
        var text = Text(name)!;
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_') return $"[\"{text}\"]";
        }

        return "." + text;
    }

    private MalformedInputException Broken(in JsonCursor cursor, string reason)
    {
        var (line, from) = (1, _start);
        for (var i = _start; i < cursor.At; i++)
        {
            if (Json[i] != '\n') continue;
            line++;
            from = i + 1;
        }

        return new MalformedInputException(File, $"line {line}, byte {cursor.At - from}", $"not JSON: {reason}");
    }

    private struct Row
    {
        public int Start;
        public int End;
        public int Next;
    }
}
