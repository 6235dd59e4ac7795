using Tessera.Tokenizers.Added;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.PreTokenizers;

namespace Tessera.Tokenizers;

/// <summary>Where a tokenizer cuts a text before its model sees it. Has working memory: one thread at a time.</summary>
internal sealed class TextCutter
{
    private readonly TokenizerParts _parts;
    private readonly AddedTokenMatcher _added;
    private readonly TextBuffer _stretch = new();
    private readonly TextBuffer _normalized = new();
    private readonly PreTokenization _cut = new();
    private readonly List<TextPiece> _pieces = [];
    private byte[] _source = new byte[256];

    /// <summary>Creates a cutter over a tokenizer's parts.</summary>
    public TextCutter(TokenizerParts parts)
    {
        _parts = parts;
        _added = new AddedTokenMatcher([.. parts.AddedTokens.Where(t => !t.Special && !parts.TextOnly.Contains(t.Content))]);
    }

    /// <summary>The pieces of the text that was cut last.</summary>
    public IReadOnlyList<TextPiece> Pieces => _pieces;

    /// <summary>Cuts a text in which special tokens are text like any other.</summary>
    /// <param name="utf8">The text, valid UTF-8.</param>
    /// <returns>Whether every byte stays as it is; no tokens have this text where normaliser or pre-tokenizer change it.</returns>
    public bool TryCut(ReadOnlySpan<byte> utf8)
    {
        _pieces.Clear();
        if (_source.Length < utf8.Length) _source = new byte[2 * utf8.Length];
        utf8.CopyTo(_source);
        var (position, free, done) = (0, 0, 0);
        while (_added.Next(_source.AsSpan(0, utf8.Length), ref position, ref free, parseSpecial: false, out var start, out var end) is { } token)
        {
            if (!TryStretch(done, start)) return false;
            _pieces.Add(new TextPiece(start, end, token.Id));
            done = end;
        }

        return TryStretch(done, utf8.Length);
    }

    private bool TryStretch(int start, int end)
    {
        if (start >= end) return true;
        _stretch.View(_source, start, end - start, tracked: false);
        _normalized.MostBytes = _cut.MostBytes = 1 << 20;
        if (_parts.Normalizer is not null && _parts.Normalizer.Apply(_stretch, _normalized) && !_normalized.Span.SequenceEqual(_stretch.Span)) return false;
        _cut.Start(_stretch, 0, end - start, startsSource: start == 0);
        _parts.PreTokenizer?.Apply(_cut);
        var at = start;
        for (var i = 0; i < _cut.Pieces.Count; i++)
        {
            var (from, to) = _cut.Pieces[i];
            var piece = _cut.Text.Span[from..to];
            if (piece.Length > end - at || !piece.SequenceEqual(_source.AsSpan(at, piece.Length))) return false;
            _pieces.Add(new TextPiece(at, at + piece.Length, -1));
            at += piece.Length;
        }

        return at == end;
    }
}
