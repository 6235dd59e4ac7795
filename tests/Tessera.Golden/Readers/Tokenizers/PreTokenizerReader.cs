using System.Text;
using System.Text.Json;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.PreTokenizers;

namespace Tessera.Golden;

/// <summary>Pre-tokenizers by themselves: the pieces, and where each stands in the text.</summary>
internal sealed class PreTokenizerReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && @case.Input.Find("pre_tokenizer") is { Kind: JsonValueKind.Object } && @case.Expected.Has("pieces");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var json = @case.Input["pre_tokenizer"].Element;
        var preTokenizer = PreTokenizerJson.Read(JsonPart.Parse(json.GetRawText(), @case.Id, "pre_tokenizer"))!;
        var text = @case.Input["text"].AsString();
        var pieces = Pieces(preTokenizer, text);
        check.SameStrings(@case.Expected["pieces"], [.. pieces.Select(static p => p.Text)]);
        if (@case.Expected.Find("offsets") is { } offsets) EncodingChecks.SameOffsets(offsets, [.. pieces.Select(static p => p.Offset)], check);
    }

    /// <summary>The pieces of a text, with offsets in code points.</summary>
    internal static List<(string Text, (int Start, int End) Offset)> Pieces(PreTokenizer preTokenizer, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var source = new TextBuffer();
        source.View(utf8, 0, utf8.Length, tracked: true);
        var state = new PreTokenization();
        state.Start(source, 0, utf8.Length, startsSource: true);
        if (utf8.Length > 0) preTokenizer.Apply(state);
        var map = OffsetMap.Of(utf8, OffsetUnit.Scalar);
        var pieces = new List<(string, (int, int))>();
        for (var i = 0; i < state.Pieces.Count; i++)
        {
            var (start, end) = state.Pieces[i];
            pieces.Add((Encoding.UTF8.GetString(state.Text.Span[start..end]), map.Convert(state.Text.SourceStart(start), state.Text.SourceEnd(end - 1))));
        }

        return pieces;
    }
}
