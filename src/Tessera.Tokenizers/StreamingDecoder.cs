using System.Buffers;
using Tessera.Tokenizers.Text.Decoders;

namespace Tessera.Tokenizers;

/// <summary>
/// Decodes ids as they come: each call gives the text that became complete, so that no character is ever split; together the calls give the
/// text that decoding all ids at once gives. The steps of the decoder keep what later ids can still change, mostly a few characters, so that
/// time and memory are those of decoding at once. Text that ends in U+FFFD, or in the middle of a character, is held back until more ids or
/// <see cref="Flush"/> decide it. For one stream, one thread.
/// </summary>
/// <remarks>
/// One difference remains, that of the original library's streams: of a run of &lt;0xNN&gt; tokens whole characters go out as they become
/// complete, and bytes behind them that are no UTF-8 cannot take them back; decoded at once, every byte of such a run is U+FFFD.
/// </remarks>
public sealed class StreamingDecoder
{
    // Of a stream of U+FFFD only this much is held back.
    private const int MostHeld = 1_024;

    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;
    private readonly WrittenText _text;
    private TextSink _first;

    internal StreamingDecoder(Tokenizer tokenizer, bool skipSpecialTokens, bool isLive)
    {
        _tokenizer = tokenizer;
        _skipSpecialTokens = skipSpecialTokens;
        _text = new WrittenText(isLive);
        _first = tokenizer.WayTo(_text);
    }

    /// <summary>Takes an id.</summary>
    /// <returns>The text that became complete; null where nothing did.</returns>
    public string? Append(int id)
    {
        if (_skipSpecialTokens && _tokenizer.IsSpecial(id)) return null;
        if (_tokenizer.DecodesBytewise && _first is ByteLevelDecoder.Step bytes) bytes.Write(_tokenizer.TokenBytes(id));
        else if (_tokenizer.DecodedToken(id) is { } token) _first.Write(token, ends: true);
        var isOpen = _text.Length < MostHeld && (_text.EndsInReplacement || _first.IsInsideCharacter);
        return _text.Length == 0 || isOpen ? null : _text.Take();
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
        _first.End();
        _first = _tokenizer.WayTo(_text);
        return _text.Take();
    }
}
