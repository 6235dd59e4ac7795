using System.Buffers;
using System.Text;

namespace Tessera.Tokenizers;

/// <summary>
/// Decodes ids as they come: each call gives the text that became complete, so that no character is ever split; together the calls give the
/// text that decoding all ids at once gives (without the clean-up of blanks that some old tokenizers ask for, which needs the whole text).
/// Text that ends in U+FFFD is held back until more ids or <see cref="Flush"/> decide it. For one stream, one thread.
/// </summary>
public sealed class StreamingDecoder
{
    // A stream of bytes that never become text is let go in portions of this size; a character has at most four bytes.
    private const int MostPendingBytes = 1_024, MostPendingIds = 64;

    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;
    private readonly ArrayBufferWriter<byte> _pending = new();
    private readonly List<int> _window = []; // ids whose text may still change, behind those that the text before depends on
    private string _prefix = "";
    private int _prefixLength;

    internal StreamingDecoder(Tokenizer tokenizer, bool skipSpecialTokens)
    {
        _tokenizer = tokenizer;
        _skipSpecialTokens = skipSpecialTokens;
    }

    /// <summary>Takes an id.</summary>
    /// <returns>The text that became complete; null where nothing did.</returns>
    public string? Append(int id)
    {
        if (_skipSpecialTokens && _tokenizer.IsSpecial(id)) return null; // changes nothing, however many come
        if (_tokenizer.DecodesBytewise)
        {
            _pending.Write(_tokenizer.TokenBytes(id));
            return Take(final: false);
        }

        if (_prefix.Length == 0 && _window.Count > 0)
        {
            var text = Decode();
            if (!EndsOpen(text)) (_prefix, _prefixLength) = (text, _window.Count);
        }

        _window.Add(id);
        var whole = Decode();
        var continues = whole.StartsWith(_prefix, StringComparison.Ordinal);
        if (!MustLetGo() && (whole.Length <= _prefix.Length || EndsOpen(whole) || !continues)) return null;
        var added = continues ? whole[_prefix.Length..] : whole;
        var ids = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_window)[_prefixLength..];
        var tail = _tokenizer.DecodeAsIs(ids, _skipSpecialTokens);
        if (IsBlank(tail) && !MustLetGo())
        {
            // Decoders that drop blanks at the start would go on dropping: something that is to be seen has to stand before.
            var anchor = _prefixLength - 1;
            while (anchor >= 0 && !IsSeen(_tokenizer.DecodeAsIs([_window[anchor]], _skipSpecialTokens))) anchor--;
            if (anchor > 0)
            {
                _window.RemoveRange(anchor + 1, _prefixLength - anchor - 1);
                _window.RemoveRange(0, anchor);
                whole = Decode();
            }

            (_prefix, _prefixLength) = (whole, _window.Count);
            return added.Length == 0 ? null : added;
        }

        var rest = ids.Length;
        _window.RemoveRange(0, _prefixLength);
        (_prefix, _prefixLength) = (tail, rest);
        return added.Length == 0 ? null : added;
    }

    /// <summary>Writes the bytes of an id at once, whatever they complete. Does not touch the text held back; use this or <see cref="Append(int)"/>.</summary>
    /// <param name="id">The id; one that names no token, or a special token where those are skipped, writes nothing.</param>
    /// <param name="output">Takes the bytes.</param>
    public void AppendBytes(int id, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (!(_skipSpecialTokens && _tokenizer.IsSpecial(id))) output.Write(_tokenizer.TokenBytes(id));
    }

    /// <summary>Gives what is held back (incomplete characters as U+FFFD) and starts anew. Empty where nothing is.</summary>
    public string Flush()
    {
        if (_tokenizer.DecodesBytewise) return Take(final: true) ?? "";
        var whole = _window.Count == 0 ? "" : Decode();
        var rest = whole[whole.AsSpan().CommonPrefixLength(_prefix)..];
        _window.Clear();
        (_prefix, _prefixLength) = ("", 0);
        return rest;
    }

    private static bool IsBlank(string text) => text.AsSpan().IndexOfAnyExcept(' ') < 0;

    private static bool IsSeen(string text) => !IsBlank(text) && !text.Contains('\uFFFD');

    private static bool EndsOpen(string text) => text.EndsWith('\uFFFD');

    private string Decode() => _tokenizer.DecodeAsIs(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_window), _skipSpecialTokens);

    // A text of U+FFFD themselves is let go where a character ends; bytes that never become text anywhere.
    private bool MustLetGo()
    {
        if (_window.Count < MostPendingIds) return false;
        if (_window.Count >= 2 * MostPendingIds) return true;
        Span<byte> end = stackalloc byte[3];
        var length = 0;
        for (var i = _window.Count - 1; i >= 0 && length < end.Length && _tokenizer.TokenBytes(_window[i]) is [var value]; i--) end[^(++length)] = value;
        return Incomplete(end[^length..]) == 0;
    }

    private string? Take(bool final)
    {
        if (_pending.WrittenCount == 0) return null;
        var bytes = _pending.WrittenSpan;
        if (final)
        {
            var rest = Encoding.UTF8.GetString(bytes);
            _pending.ResetWrittenCount();
            return rest;
        }

        var text = Encoding.UTF8.GetString(bytes);
        var held = 0;
        if (EndsOpen(text))
        {
            if (bytes.Length < MostPendingBytes) return null;
            held = Incomplete(bytes);
            text = Encoding.UTF8.GetString(bytes[..^held]);
        }

        var tail = bytes[^held..].ToArray();
        _pending.ResetWrittenCount();
        _pending.Write(tail);
        return text;
    }

    /// <summary>How many bytes at the end are the start of a character that is not complete.</summary>
    private static int Incomplete(ReadOnlySpan<byte> bytes)
    {
        for (var length = 1; length <= Math.Min(3, bytes.Length); length++)
        {
            var value = bytes[^length];
            if (value < 0x80) return 0;
            if (value >= 0xC0) return (value >= 0xF0 ? 4 : value >= 0xE0 ? 3 : 2) > length ? length : 0;
        }

        return 0;
    }
}
