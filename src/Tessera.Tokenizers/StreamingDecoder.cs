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
    private const int MostPendingBytes = 1_024, MostPendingIds = 256;

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
        if (_tokenizer.DecodesBytewise)
        {
            if (!(_skipSpecialTokens && _tokenizer.IsSpecial(id))) _pending.Write(_tokenizer.TokenBytes(id));
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
        if (_window.Count < MostPendingIds && (whole.Length <= _prefix.Length || EndsOpen(whole) || !continues)) return null;
        var added = continues ? whole[_prefix.Length..] : whole;
        var ids = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_window)[_prefixLength..];
        var tail = _tokenizer.DecodeAsIs(ids, _skipSpecialTokens);
        if (string.IsNullOrWhiteSpace(tail) && _window.Count < MostPendingIds)
        {
            // Decoders that drop blanks at the start would go on dropping: what stands before is still needed.
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
        var rest = whole.StartsWith(_prefix, StringComparison.Ordinal) ? whole[_prefix.Length..] : "";
        _window.Clear();
        (_prefix, _prefixLength) = ("", 0);
        return rest;
    }

    private static bool EndsOpen(string text) => text.EndsWith('\uFFFD');

    private string Decode() => _tokenizer.DecodeAsIs(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_window), _skipSpecialTokens);

    private string? Take(bool final)
    {
        if (_pending.WrittenCount == 0) return null;
        var text = Encoding.UTF8.GetString(_pending.WrittenSpan);
        if (!final && EndsOpen(text) && _pending.WrittenCount < MostPendingBytes) return null;
        _pending.ResetWrittenCount();
        return text;
    }
}
